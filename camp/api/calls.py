"""What every call of the API has in common."""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from camp.api.filters import check_names


class Call(APIView):
    """A view of the API. OPTIONS is no call: it would show docstrings, and Allow must not promise it.

    `query` names what may stand behind the question mark of its address; the rest is refused, and nothing is said
    twice: of a misspelt ?wiat=30 or two ?as= a program would never hear.
    """

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    query: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_names(request.query_params, self.query_of(str(request.method)))

    def query_of(self, method: str) -> tuple[str, ...]:
        """What may be asked for by that method."""
        return self.query


def seen_as(view: type[APIView]) -> Callable[[Any], Any]:
    """Mark an async function as the call that `view` describes, as `as_view()` marks what it returns."""

    def mark(function: Any) -> Any:
        function.cls, function.initkwargs = view, {}
        return function

    return mark
