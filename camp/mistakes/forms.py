"""The form in which a reader says what is wrong on which page."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from camp.mistakes.models import MOST_PAGE, MOST_SECTION, MOST_TEXT
from camp.mistakes.selectors import Place, place_of


class ReportForm(forms.Form):
    """Of a page whose parts are known, the part is chosen; of any other it is what the link said, or nothing."""

    page = forms.CharField(
        label=gettext_lazy("Page"),
        max_length=MOST_PAGE,
        help_text=gettext_lazy("Its address in this camp, from the first “/” on."),
    )
    section = forms.CharField(
        max_length=MOST_SECTION,
        required=False,
        widget=forms.HiddenInput,
        validators=[
            RegexValidator(r"\A[A-Za-z0-9_-]*\Z", gettext_lazy("Expected the id of a part of the page."))
        ],
    )
    text = forms.CharField(
        label=gettext_lazy("What is wrong, and what would be right?"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    place: Place | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.get("page") if self.is_bound else self.initial.get("page")
        self.place = place_of(str(sent or "")[: MOST_PAGE + 1])
        if self.place is None or not self.place.sections:
            return
        asked = str((self.data if self.is_bound else self.initial).get("section") or "")
        choices = [("", _("the page as a whole")), *self.place.sections]
        if asked in self.place.more - {one for one, _title in self.place.sections}:
            choices.append((asked, _("the question “%(id)s”") % {"id": asked}))
        self.fields["section"] = forms.ChoiceField(
            label=_("Where on the page"), choices=choices, required=False
        )

    def clean_page(self) -> str:
        page = str(self.cleaned_data["page"])
        if self.place is None:
            problem = _("Expected the address of a page of this camp, such as %(example)s; got “%(got)s”.")
            raise forms.ValidationError(problem % {"example": "/camp/", "got": page[:100]})
        return page.partition("#")[0]
