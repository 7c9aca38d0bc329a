"""The console's lists: a filter that means nothing is answered as Django answers a wrong one, never by a fault."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters, ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.db import DataError
from django.http import HttpRequest


class TolerantChangeList(ChangeList):
    """Django looks only at what building the query raises; a year of eleven digits shows when the query runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except (OverflowError, ValueError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


class ListAdmin(ModelAdmin):
    """Base of all that the console lists."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TolerantChangeList
