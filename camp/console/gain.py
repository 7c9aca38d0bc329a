"""What the two tests say of everybody, for the console: Hake's gain of the means, with its interval."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from camp.figures import fixed
from camp.gain.selectors import Cohort, cohorts
from camp.learning.gain import LEAST_LEARNERS


@dataclass(frozen=True)
class Row:
    """Learners who had these forms in this order. Places in the picture are in percent of g from −1 to 1."""

    name: str
    cohort: Cohort

    @property
    def figures(self) -> dict[str, str] | None:
        """g and its interval, in words; None where there is none."""
        found = self.cohort.gain
        if found is None or found.gain is None or found.low is None or found.high is None:
            return None
        return {
            name: fixed(g, 2) for name, g in (("gain", found.gain), ("low", found.low), ("high", found.high))
        }

    @property
    def picture(self) -> dict[str, str] | None:
        found = self.cohort.gain
        if found is None or found.gain is None or found.low is None or found.high is None:
            return None
        low, mid, high = (max(0.0, min(100.0, 50 * (1 + g))) for g in (found.low, found.gain, found.high))
        return {"low": f"{low:.2f}", "mid": f"{mid:.2f}", "high": f"{high:.2f}", "width": f"{high - low:.2f}"}


def figures() -> dict[str, Any]:
    found = cohorts()
    names = {"": _("Everybody"), "a": _("Form A first"), "b": _("Form B first")}
    return {"rows": [Row(name, found[form]) for form, name in names.items()], "least": LEAST_LEARNERS}
