"""The database's clock: hosts disagree about the time, the database does not disagree with itself."""

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now


def from_now(delta: timedelta) -> ExpressionWrapper:
    """An SQL expression for the database's time plus `delta`, which may be negative."""
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())
