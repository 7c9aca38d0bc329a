"""The console's fields of a question's hints: what each costs, and its text in each language of the settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from camp.quizzes.content import Hint
from camp.quizzes.entries import MOST_TEXT
from camp.quizzes.hints import MOST_HINTS


def _cost(number: int) -> str:
    return f"hint_{number}_cost"


def _text(number: int, language: str) -> str:
    return f"hint_{number}_{language.replace('-', '_')}"


def hint_names() -> list[str]:
    """The names of the fields, hint by hint."""
    return [
        name
        for number in range(1, MOST_HINTS + 1)
        for name in (_cost(number), *(_text(number, language) for language, _label in settings.LANGUAGES))
    ]


def hint_fields() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for number in range(1, MOST_HINTS + 1):
        found[_cost(number)] = forms.FloatField(
            required=False, min_value=0, max_value=1,
            help_text=gettext_lazy("A share of the question's credit: 0.25 is a quarter."),
        )  # fmt: skip
        for language, _label in settings.LANGUAGES:
            found[_text(number, language)] = forms.CharField(
                required=False, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
            )
    return found


class HintsForm(forms.ModelForm):
    """Reads `hints` of its question into the fields and writes them back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hints = [Hint(**one) for one in self.instance.hints]
        for number in range(1, MOST_HINTS + 1):
            hint = hints[number - 1] if number <= len(hints) else None
            title = _("hint %(number)d") % {"number": number}
            self.fields[_cost(number)].label = _("hint %(number)d: cost") % {"number": number}
            if hint:
                self.initial.setdefault(_cost(number), hint.cost)
            for language, label in settings.LANGUAGES:
                name = _text(number, language)
                self.fields[name].label = f"{title} ({label})"
                if hint:
                    self.initial.setdefault(name, hint.texts.get(language, {}).get("text", ""))

    def clean(self) -> dict[str, Any]:
        """A hint has all of its fields or none."""
        cleaned = super().clean() or self.cleaned_data
        hints = []
        for number in range(1, MOST_HINTS + 1):
            names = [_cost(number), *(_text(number, language) for language, _label in settings.LANGUAGES)]
            empty = [name for name in names if cleaned.get(name) in (None, "")]
            if len(empty) == len(names):
                continue
            for name in empty:
                self.add_error(name, _("A hint has its cost and its text in every language."))
            texts = {
                language: {"text": (cleaned.get(_text(number, language)) or "").replace("\r\n", "\n")}
                for language, _label in settings.LANGUAGES
            }
            hints.append({"cost": cleaned.get(_cost(number)), "texts": texts})
        self._hints = hints
        return cleaned

    def _post_clean(self) -> None:
        """Not before: what stood is compared with what was edited from until everything is clean."""
        self.instance.hints = self._hints
        super()._post_clean()  # type: ignore[misc]
