"""The description of the API in OpenAPI 3.1: the calls that the addresses have, in the words of schema_calls.

Loaded when somebody asks for it; serving calls needs none of this.
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

from camp import problem_types
from camp.api import (
    schema_course,
    schema_examples,
    schema_mastery,
    schema_quizzes,
    schema_requests,
    schema_shapes,
)
from camp.api.authentication import SessionAuthentication, TokenAuthentication
from camp.api.calls import Call
from camp.api.schema_calls import CALLS, FORM, TAGS, Answer, CallText
from camp.api.schema_parameters import OF_STATUS, REQUEST_ID
from camp.errors import PROBLEM_TYPE

SECURITY = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The word Token, a blank and the key: Authorization: Token 0123abcd…",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "The cookie of a browser that is signed in.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "With the cookie, for anything but GET: the value of the CSRF cookie.",
    },
}
_DESCRIPTION = (
    "Submit attention jobs and fetch their results. Errors are problem documents (RFC 9457); every kind has a fixed "
    "type. Unknown fields and filters are refused. Texts follow the header Accept-Language (en or zh-hans)."
)
_ANYWHERE = ("internal-server-error", "service-unavailable")
_OF_BODY = ("bad-request", "invalid", "malformed", "too-large", "unsupported-media-type")


class PlainCall(Call):
    """Stands here for an address that is served without the framework's views, and so takes no credentials."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def get(self) -> None:
        """Never called."""


class Addresses(EndpointEnumerator):
    """The calls of the framework, and the plain ones."""

    def get_api_endpoints(self, patterns: Any = None, prefix: str = "") -> list[Any]:
        plain = PlainCall.as_view()
        found: list[Any] = super().get_api_endpoints(patterns, prefix)
        for path in ("/healthz", "/readyz", "/api/schema/"):
            found.append((path, f"^{path[1:]}$", "GET", plain))
        return found


class CallSchema(AutoSchema):
    """One call: its view says who may call it, schema_calls says the rest."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any]:
        key = f"{method} {path}"
        call = CALLS[key]
        operation: dict[str, Any] = {
            "operationId": call.name,
            "tags": [call.tag],
            "summary": call.summary,
            "description": " ".join(filter(None, (call.text, self._scope()))),
            "security": self._security(method),
        }
        if call.parameters:
            operation["parameters"] = list(call.parameters)
        if call.body:
            operation["requestBody"] = {"required": True, "content": _body(call)}
        operation["responses"] = self._responses(call)
        schema_examples.add(operation)
        return operation

    def _scope(self) -> str:
        scope = getattr(self.view, "scope", None)
        return f"A token needs the scope {scope}." if scope else ""

    def _security(self, method: str) -> list[dict[str, list[str]]]:
        ways: list[dict[str, list[str]]] = []
        for authenticator in self.view.get_authenticators():
            if isinstance(authenticator, TokenAuthentication):
                ways.append({"token": []})
            elif isinstance(authenticator, SessionAuthentication):
                ways.append({"session": []} if method == "GET" else {"session": [], "csrf": []})
        return [*ways, {}] if self._is_open() else ways

    def _is_open(self) -> bool:
        return any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())

    def _responses(self, call: CallText) -> dict[str, Any]:
        found = {str(answer.status): _success(answer) for answer in call.answers}
        for status, codes in self._problems(call).items():
            shape = schema_shapes.problem(status, codes)
            problem: dict[str, Any] = {
                "description": " ".join(str(problem_types.CATALOGUE[code].meaning) for code in codes),
                "headers": {"X-Request-ID": REQUEST_ID, **OF_STATUS.get(status, {})},
                "content": {PROBLEM_TYPE: {"schema": shape}},
            }
            if str(status) in found:  # /readyz answers 503 in its own words too
                found[str(status)]["content"].update(problem["content"])
            else:
                found[str(status)] = problem
        return dict(sorted(found.items()))

    def _problems(self, call: CallText) -> dict[int, list[str]]:
        """The codes that may come, by status: the call's own, and those of its kind."""
        codes = {*call.problems, *_ANYWHERE}
        if call.body:
            codes |= {*_OF_BODY}
        if not isinstance(self.view, PlainCall):
            if self.view.get_throttles():
                codes.add("too-many-requests")
            codes |= {"bad-request", "invalid", "not-acceptable"}
            if self.view.get_authenticators():
                codes |= {"unauthorized", "forbidden"}
            if getattr(self.view, "scope", None):
                codes.add("scope")
        by_status: dict[int, list[str]] = {}
        for code, kind in problem_types.CATALOGUE.items():
            if code in codes:
                by_status.setdefault(kind.status, []).append(code)
        return by_status


def _success(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": answer.text,
        "headers": {"X-Request-ID": REQUEST_ID, **answer.headers},
    }
    if answer.content:
        found["content"] = {name: {"schema": shape} for name, shape in answer.content.items()}
    return found


def _body(call: CallText) -> dict[str, Any]:
    content: dict[str, Any] = {name: {"schema": shape} for name, shape in call.body.items()}
    if call.encoding:
        content[FORM]["encoding"] = call.encoding
    return content


class _Generator(SchemaGenerator):
    endpoint_inspector_cls = Addresses


@cache
def document() -> dict[str, Any]:
    """The whole description, in English, made once a process."""
    with translation.override("en"):
        found: dict[str, Any] = _Generator().get_schema(request=None, public=True)
        found["info"]["description"] = _DESCRIPTION
        found["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
        found["components"] = {
            "schemas": dict(
                sorted(
                    {
                        **schema_shapes.SHAPES,
                        **schema_course.SHAPES,
                        **schema_mastery.SHAPES,
                        **schema_quizzes.SHAPES,
                        **schema_requests.shapes(),
                    }.items()
                )
            ),
            "securitySchemes": SECURITY,
        }
    return found
