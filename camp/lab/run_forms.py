"""What a learner writes about a run, and how they look for one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from camp.lab.models import Job, Status
from camp.lab.selectors import TRIED_BY
from camp.lab.tried_table import COLUMNS


class RunWordsForm(forms.ModelForm):
    """A name and a note of one's own."""

    class Meta:
        model = Job
        fields = ("own_name", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 3, "maxlength": Job.NOTE_LENGTH})}


class RunSearchForm(forms.Form):
    """Which of the runs are looked for: all, where nothing is asked."""

    q = forms.CharField(label=_("In name or note"), required=False, max_length=Job.NAME_LENGTH)
    pinned = forms.BooleanField(label=_("Pinned only"), required=False)


class RunFilterForm(RunSearchForm):
    """Which runs the history shows."""

    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("any")), *Status.choices])
    field_order = ("q", "status", "pinned")


class TriedForm(RunSearchForm):
    """Which runs the table of what was tried shows, all of which are done, and in which order."""

    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[(name, _("Time") if name == "time" else COLUMNS[name]) for name in TRIED_BY],
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("down", _("largest or newest first")), ("up", _("smallest or oldest first"))],
    )
    field_order = ("q", "pinned", "sort", "order")
