"""What a widget tells about itself and draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from camp.lab.widget_settings import Choice, Number, Setting, Text, Whole
from camp.matrix_text import Unreadable


@dataclass(frozen=True)
class Field:
    """A setting as a form shows it: with its text, which may be wrong, and then with what is wrong."""

    name: str
    setting: Setting
    text: str
    error: str = ""

    @property
    def control(self) -> str:
        if isinstance(self.setting, Whole) and not self.setting.is_slider:
            return "number"
        return self.setting.control

    @property
    def options(self) -> Sequence[tuple[str, Text]]:
        return list(self.setting.options.items()) if isinstance(self.setting, Choice) else []

    @property
    def limits(self) -> Mapping[str, str]:
        """Ends and step of a slider, written for HTML."""
        if not isinstance(self.setting, Number):
            return {}
        numbers = {"low": self.setting.low, "high": self.setting.high, "step": self.setting.step}
        return {name: f"{number:g}" for name, number in numbers.items()}


class Unfitting(Unreadable):
    """A setting that cannot be read, by its name; "" for settings that do not go together."""

    def __init__(self, name: str, wrong: Unreadable) -> None:
        super().__init__(wrong.template, wrong.values, wrong.row, wrong.column)
        self.name = name


class Widget:
    """Base of every widget: something live in a lesson, computed by the core's reference.

    A new one is a file `widgets/<name>.py` with a subclass and `widget = Subclass()`, and its picture in
    `templates/lab/widgets/_<name>.html`. The page puts form and frame around it.
    """

    name: ClassVar[str]
    label: ClassVar[Text]
    settings: ClassVar[Mapping[str, Setting]]
    order: ClassVar[int] = 100

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the picture needs, from values that were read; `sentence` says in words what is to be seen.

        Raises:
            Unreadable: the values do not go together.
        """
        raise NotImplementedError

    @property
    def slug(self) -> str:
        """Its name in lessons and addresses."""
        return self.name.replace("_", "-")

    @property
    def template(self) -> str:
        return f"lab/widgets/_{self.name}.html"

    @property
    def defaults(self) -> dict[str, Any]:
        return {name: setting.default for name, setting in self.settings.items()}

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a lesson, completed. Raises Unfitting."""
        values = self.defaults
        for name, setting in self.settings.items():
            if name in given:
                try:
                    values[name] = setting.given(given[name])
                except Unreadable as wrong:
                    raise Unfitting(name, wrong) from wrong
        try:
            self.draw(values)
        except Unreadable as wrong:
            raise Unfitting("", wrong) from wrong
        return values

    def context(self, settings: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
        """All that its template and its form need.

        With anything wrong in `asked` the picture is that of `settings`, and `is_wrong` says so.

        Args:
            settings: values as `read` gives them.
            asked: texts of a form by the settings' names; what is missing is as in `settings`.
        """
        values, fields = dict(settings), []
        for name, setting in self.settings.items():
            text, error = setting.write(settings[name]), ""
            if name in asked:
                text = asked[name]
                try:
                    values[name] = setting.asked(text)
                except Unreadable as wrong:
                    error = _(wrong.template) % wrong.values
            fields.append(Field(name, setting, text, error))
        is_wrong, error = any(field.error for field in fields), ""
        try:
            picture = self.draw(settings if is_wrong else values)
        except Unreadable as wrong:
            is_wrong, error = True, _(wrong.template) % wrong.values
            picture = self.draw(settings)
        return {
            "widget": self,
            "fields": fields,
            "shown_fields": [field for field in fields if not field.setting.is_fixed],
            "error": error,
            "is_wrong": is_wrong,
            **picture,
        }
