"""What a learner writes about a run, and how they look for one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from camp.lab.models import Job, Status


class RunWordsForm(forms.ModelForm):
    """A name and a note of one's own."""

    class Meta:
        model = Job
        fields = ("own_name", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 3, "maxlength": Job.NOTE_LENGTH})}


class RunFilterForm(forms.Form):
    """Which runs the list shows: all, where nothing is asked."""

    q = forms.CharField(label=_("In name or note"), required=False, max_length=Job.NAME_LENGTH)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("any")), *Status.choices])
    pinned = forms.BooleanField(label=_("Pinned only"), required=False)
