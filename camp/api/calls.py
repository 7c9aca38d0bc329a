"""What every call of the API has in common."""

from collections.abc import Callable
from typing import Any

from rest_framework.views import APIView


class Call(APIView):
    """A view of the API. OPTIONS is no call: it would show docstrings, and Allow must not promise it."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]


def seen_as(view: type[APIView]) -> Callable[[Any], Any]:
    """Mark an async function as the call that `view` describes, as `as_view()` marks what it returns."""

    def mark(function: Any) -> Any:
        function.cls, function.initkwargs = view, {}
        return function

    return mark
