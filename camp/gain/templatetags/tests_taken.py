"""What other parts' pages show of the two tests: `{% load tests_taken %}`.

{% points_of attempt %}  points and gap of calibration, on the page of its result
"""

from django import template

from camp.gain.records import Sat
from camp.gain.selectors import standing_of
from camp.quizzes.models import Attempt

register = template.Library()


@register.inclusion_tag("gain/_result.html")
def points_of(attempt: Attempt) -> dict[str, Sat | None]:
    """None of one that is not a person's test proper, such as one that came along from a guest as practice."""
    sat = standing_of(attempt.owner).of(attempt.sitting)
    return {"sat": sat if sat.attempt == attempt else None}
