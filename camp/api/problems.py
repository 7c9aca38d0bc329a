"""Every error of the API as a problem document, with a pointer to each bad place of the body."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as _
from rest_framework import exceptions

from attention_core.file_params import InvalidUpload
from attention_core.params import InvalidParams, Pointer, Problem, TooMuchWork
from attention_core.problems import PROBLEM_LIMIT, pointer_text
from camp.accounts.adapter import too_many_guesses
from camp.accounts.guessing import TooManyGuesses
from camp.accounts.services import OwnerGone
from camp.api.parsers import MalformedBody
from camp.errors import PARTS_AWAY, problem_response, unavailable
from camp.lab.once import KeyReused, KeySpent
from camp.lab.services import QuotaUsedUp

Errors = list[dict[str, str]]


class Invalid(exceptions.APIException):
    """400 with the places; `problems` have pointers relative to `base`."""

    status_code = 400

    def __init__(self, problems: Iterable[Problem], *, base: Pointer = (), more: int = 0) -> None:
        super().__init__(code="invalid")
        self.errors = [entry(problem, base) for problem in problems]
        if more:
            self.errors.append(
                {"pointer": pointer_text(base), "detail": _("and %(count)s more") % {"count": more}}
            )

    @classmethod
    def of_many(cls, problems: list[Problem]) -> "Invalid":
        """The first of them in full."""
        return cls(problems[:PROBLEM_LIMIT], more=max(len(problems) - PROBLEM_LIMIT, 0))

    @classmethod
    def at(cls, errors: Errors) -> "Invalid":
        """Of places found before, the first of them in full."""
        invalid = cls([], more=max(len(errors) - PROBLEM_LIMIT, 0))
        invalid.errors = errors[:PROBLEM_LIMIT] + invalid.errors
        return invalid


def entries(error: Invalid | InvalidParams | exceptions.ValidationError, base: Pointer) -> Errors:
    """The places of an error, under `base`."""
    if isinstance(error, InvalidParams):
        error = Invalid(error.problems, base=("params",), more=error.more)
    found = error.errors if isinstance(error, Invalid) else list(_flatten(error.detail))
    return [{**one, "pointer": pointer_text(base) + one["pointer"]} for one in found]


def entry(problem: Problem, base: Pointer = ()) -> dict[str, str]:
    return {"pointer": pointer_text((*base, *problem.pointer)), "detail": problem.translated(gettext)}


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook; None lets an unknown exception become a logged 500."""
    if isinstance(error, InvalidParams):
        base = () if isinstance(error, InvalidUpload) else ("params",)
        error = Invalid(error.problems, base=base, more=error.more)
    if isinstance(error, TooMuchWork):
        return too_much_work(error, ("params",))
    if isinstance(error, QuotaUsedUp):
        return problem_response(422, error.words(), code="quota", limit=error.limit)
    if isinstance(error, TooManyGuesses):
        headers = {"Retry-After": str(error.seconds)}
        return problem_response(429, too_many_guesses(error), code="too-many-guesses", headers=headers)
    if isinstance(error, KeyReused):
        detail = _("This Idempotency-Key was sent before, with another body.")
        return problem_response(409, detail, code="idempotency-key-reused")
    if isinstance(error, KeySpent):
        detail = _("What this Idempotency-Key made has been deleted.")
        return problem_response(410, detail, code="idempotency-key-spent")
    if isinstance(error, PARTS_AWAY):
        return unavailable(context["request"]._request, error)
    return _from_framework(error)


def too_much_work(error: TooMuchWork, base: Pointer) -> HttpResponse:
    errors = [entry(error.problem, base)]
    return problem_response(
        422,
        errors[0]["detail"],
        code="too-much-work",
        errors=errors,
        number=error.number,
        limit=error.limit,
    )


def _from_framework(error: Exception) -> HttpResponse | None:
    match error:
        case Invalid(errors=errors):
            return problem_response(400, _summary(errors), code="invalid", errors=errors)
        case MalformedBody(detail=detail, pointer=pointer):
            errors = [{"pointer": pointer, "detail": str(detail)}]
            return problem_response(400, _summary(errors), code="malformed", errors=errors)
        case exceptions.ValidationError(detail=detail):
            errors = list(_flatten(detail))
            return problem_response(400, _summary(errors), code="invalid", errors=errors)
        case Http404():
            return problem_response(404, _("There is nothing here, or it is not yours."))
        case OwnerGone():
            return problem_response(403, str(error))
        case PermissionDenied():
            return problem_response(403, _("This is not open to you."))
        case RequestDataTooBig():
            return problem_response(413, _("The body is larger than this address accepts."))
        case exceptions.APIException():
            return _from_api_exception(error)
    return None


def _from_api_exception(error: exceptions.APIException) -> HttpResponse:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    code = error.get_codes() if isinstance(error.detail, str) else None
    return problem_response(
        error.status_code, str(error.detail), code=code if isinstance(code, str) else None, headers=headers
    )


def _summary(errors: Errors) -> str:
    if len(errors) == 1:
        return ": ".join(filter(None, (errors[0]["pointer"], errors[0]["detail"])))
    return ngettext("%(count)s place is wrong.", "%(count)s places are wrong.", len(errors)) % {
        "count": len(errors)
    }


def _flatten(detail: Any, pointer: Pointer = ()) -> Iterable[dict[str, str]]:
    """A serializer's nested errors as one flat list with pointers."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, pointer if key == "non_field_errors" else (*pointer, key))
    elif isinstance(detail, list) and any(isinstance(item, (dict, list)) for item in detail):
        for index, item in enumerate(detail):
            yield from _flatten(item, (*pointer, index))
    else:
        for message in detail if isinstance(detail, list) else [detail]:
            yield {"pointer": pointer_text(pointer), "detail": str(message)}
