"""A walk through every call of the API, as `test_schema_walk.py` records and judges it."""

import json
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import close_old_connections

from tests.camp.callers import Api

_SHOWN_HEADERS = ("Location", "Retry-After", "WWW-Authenticate", "Content-Disposition")


@dataclass
class Exchange:
    """One request and its answer: `recorded` is what an example shows, `answer` the whole of it."""

    recorded: dict[str, Any]
    answer: Any
    content: bytes


@dataclass
class Walk:
    """Makes calls and remembers them."""

    api: Api
    exchanges: list[Exchange] = field(default_factory=list)

    def step(
        self,
        call: str,
        title: str,
        request: str,
        status: int,
        *,
        ids: dict[str, str] | None = None,
        body: Any = None,
        form: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        query: str = "",
        by: Api | None = None,
    ) -> Any:
        """Send `request` ("GET /api/v1/jobs/{job_id}/"), expect `status`, return the answer."""
        method, path = request.split(" ")
        api = by or self.api
        sent: dict[str, Any] = {"method": method, "path": path, "query": query, "headers": headers or {}}
        sent["signed_in"] = api.user is not None
        extra: dict[str, Any] = {"headers": {**api.headers, **(headers or {})}}
        address = path.format(**(ids or {})) + (f"?{query}" if query else "")
        if form is not None:
            shown = {
                name: "arrays.npz" if isinstance(value, bytes) else value for name, value in form.items()
            }
            sent |= {"media_type": "multipart/form-data", "body": shown}
            answer: Any = api.client.post(address, _form(form), **extra)
        else:
            if body is not None:
                media_type = "text/plain" if isinstance(body, str) else "application/json"
                sent |= {"media_type": media_type, "body": body}
                data = body if isinstance(body, str) else json.dumps(body)
                extra |= {"data": data, "content_type": media_type}
            answer = api.client.generic(method, address, **extra)
        content = _content(answer)
        assert answer.status_code == status, (title, answer.status_code, content[:500])
        recorded = {"call": call, "title": title, "request": sent, "response": _answered(answer, content)}
        self.exchanges.append(Exchange(recorded, answer, content))
        return answer


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: SimpleUploadedFile("arrays.npz", value)
        if isinstance(value, bytes)
        else json.dumps(value)
        if isinstance(value, dict)
        else value
        for name, value in fields.items()
    }


def _content(answer: Any) -> bytes:
    if not answer.streaming:
        return bytes(answer.content)

    async def whole() -> bytes:
        return b"".join([part async for part in answer])

    content = async_to_sync(whole)()
    # Its end would close the connection that the test's transaction is on.
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    return content


def _answered(answer: Any, content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"status": answer.status_code}
    headers = {name: answer.headers[name] for name in _SHOWN_HEADERS if name in answer.headers}
    if headers:
        found["headers"] = headers
    if not content:
        return found
    found["media_type"] = answer.headers["Content-Type"].partition(";")[0]
    if found["media_type"].endswith("json"):
        found["body"] = json.loads(content)
    elif found["media_type"].startswith("text/"):
        found["body"] = content.decode()
    return found
