"""The console's forms of questions and their options: a field for each text in each language of the settings."""

from collections.abc import Sequence
from typing import Any

import yaml
from django import forms
from django.conf import settings
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from camp.courses import source_yaml
from camp.courses.blocks import Unfit
from camp.quizzes import publishing
from camp.quizzes.content import only_known
from camp.quizzes.entries import MOST_TEXT
from camp.quizzes.hint_forms import HintsForm, hint_fields
from camp.quizzes.models import Option, Question
from camp.quizzes.question_types import question_types

_LABELS = {
    "prompt": gettext_lazy("question"),
    "text": gettext_lazy("text"),
    "reason": gettext_lazy("reason"),
}
QUESTION_TEXTS = ("prompt", "reason")
OPTION_TEXTS = ("text", "reason")


def text_names(parts: Sequence[str]) -> list[str]:
    """The names of the fields, language by language."""
    return [_name(part, language) for language, _label in settings.LANGUAGES for part in parts]


class TextsForm(forms.ModelForm):
    """Reads `texts` of its row into the fields and writes it back."""

    parts: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, label in settings.LANGUAGES:
            for part in self.parts:
                name = _name(part, language)
                self.initial.setdefault(name, (self.instance.texts or {}).get(language, {}).get(part, ""))
                self.fields[name].label = f"{_LABELS[part]} ({label})"

    def _post_clean(self) -> None:
        self.instance.texts = {
            language: {
                part: (self.cleaned_data.get(_name(part, language)) or "").replace("\r\n", "\n")
                for part in self.parts
            }
            for language, _label in settings.LANGUAGES
        }
        super()._post_clean()  # type: ignore[misc]


def _name(part: str, language: str) -> str:
    return f"{part}_{language.replace('-', '_')}"


def _fields(parts: Sequence[str], rows: int, *, required: bool) -> dict[str, forms.Field]:
    return {
        _name(part, language): forms.CharField(
            strip=True, max_length=MOST_TEXT, required=required,
            widget=forms.Textarea(attrs={"rows": rows, "cols": 60, "lang": _html_language(language)}),
        )
        for language, _label in settings.LANGUAGES
        for part in parts
    }  # fmt: skip


def _html_language(language: str) -> str:
    return "zh-Hans" if language == "zh-hans" else language


class Concepts(forms.CharField):
    """A list of texts, written with commas between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Its length is that of what was written, looked at before it is cut into a list."""
        text = str(value or "")
        self.run_validators(text)
        return self.to_python(text)

    def to_python(self, value: Any) -> Any:
        return [one.strip() for one in str(value or "").split(",") if one.strip()]


class OwnYaml(forms.CharField):
    """What only a type has, as YAML."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110) if value else ""


class QuestionBase(HintsForm, TextsForm):
    parts = QUESTION_TEXTS
    type = forms.ChoiceField(label=gettext_lazy("type"), choices=lambda: [(one.name, _(one.label)) for one in question_types().values()])  # fmt: skip
    concepts = Concepts(label=gettext_lazy("concepts"), required=False, max_length=500,
                        help_text=gettext_lazy("Their ids, with commas between."))  # fmt: skip
    own = OwnYaml(label=gettext_lazy("of this type alone"), required=False, max_length=source_yaml.MOST_CHARACTERS,
                  widget=forms.Textarea(attrs={"rows": 8, "cols": 60}),
                  help_text=gettext_lazy("As in a question's file: “key: value” lines that only this type has."))  # fmt: skip

    class Meta:
        model = Question
        fields = ("module", "slug", "type", "order", "concepts", "is_retired", "draw", "require", "answer",
                  "tolerance", "pick", "own")  # fmt: skip

    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("base", self._stands())

    def _stands(self) -> str:
        """What was edited from, or stands now: its name."""
        return publishing.edit_digest(self.instance) if self.instance.pk else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("base") != self._stands():
            raise forms.ValidationError(
                _(
                    "Somebody else has saved this question since you opened it. Copy your text, reload, and put it in again."
                )
            )
        return cleaned

    def clean_own(self) -> dict[str, Any]:
        """Of YAML as its type reads it. The type is cleaned before."""
        text = self.cleaned_data["own"]
        kind = question_types().get(self.cleaned_data.get("type", ""))
        if kind is None:
            return {}
        try:
            given = source_yaml.mapping(text)
            only_known(given, kind.own_keys)
            return kind.own_of_yaml(given, publishing.LANGUAGES)
        except Unfit as wrong:
            raise forms.ValidationError(wrong.message) from wrong

    def clean_tolerance(self) -> float:
        tolerance: float = self.cleaned_data["tolerance"]
        if not 0 < tolerance < 1e9:
            raise forms.ValidationError(_("Expected a number above 0; got %(got)s.") % {"got": tolerance})
        return tolerance


def _groups() -> list[tuple[str, str]]:
    """The lists of every type that an entry can be in, by the names that they have in files."""
    names = {entries.group for kind in question_types().values() for entries in kind.entries if entries.group}
    return [("", _("options, or known wrong values")), *((name, name) for name in sorted(names))]


class OptionBase(TextsForm):
    parts = OPTION_TEXTS
    group = forms.ChoiceField(label=gettext_lazy("list"), choices=_groups, required=False)

    class Meta:
        model = Option
        fields = ("group", "key", "order", "right", "value")


class OptionFormSet(forms.BaseInlineFormSet):
    """Django takes the counts that a form sends at their word, also below 0."""

    @cached_property
    def management_form(self) -> Any:
        form = super().management_form
        if self.is_bound and form.is_valid():
            stored = form.cleaned_data[INITIAL_FORM_COUNT] or 0
            shown = form.cleaned_data[TOTAL_FORM_COUNT] or 0
            if not 0 <= stored <= shown:
                form.add_error(None, _("These are no counts of options: %(got)s.") % {"got": (stored, shown)})
                form.cleaned_data = {INITIAL_FORM_COUNT: 0, TOTAL_FORM_COUNT: 0}
        return form


QuestionForm = type(
    "QuestionForm", (QuestionBase,), {**_fields(QUESTION_TEXTS, 6, required=True), **hint_fields()}
)
OptionForm = type("OptionForm", (OptionBase,), _fields(OPTION_TEXTS, 3, required=False))


def language_names() -> list[tuple[str, str]]:
    """Every language's code and its own name for itself."""
    found = []
    for code, label in settings.LANGUAGES:
        with override(code):
            found.append((code, str(label)))
    return found
