"""The shapes of bodies and answers. A body's unknown fields are refused, never ignored."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from attention_core.problems import echo, shorten
from camp.accounts.models import DEFAULT_SCOPES, SCOPES, User
from camp.accounts.password_length import MAX_LENGTH
from camp.lab import selectors
from camp.lab.models import Job, JobBatch, Status


class StrictSerializer(serializers.Serializer):
    """Says "expected an object" and "unknown field" with the place."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """The validated fields of a body, or ValidationError."""
        if not isinstance(data, Mapping):
            message = _("expected an object, got %(received)s") % {"received": echo(data)}
            raise serializers.ValidationError({"non_field_errors": [message]})
        body = cls(data=data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            message = _("unknown field; expected one of %(options)s") % {"options": ", ".join(self.fields)}
            raise serializers.ValidationError({shorten(name): [message] for name in unknown[:20]})
        return super().to_internal_value(data)


class Text(serializers.Field):
    """A JSON string, and nothing that could be read as one; without NUL, which databases refuse."""

    def __init__(self, *, min_length: int = 0, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self.min_length, self.max_length = min_length, max_length

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.min_length, "maxLength": self.max_length}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(
                _("expected a text, got %(received)s") % {"received": echo(data)}
            )
        if not self.min_length <= len(data) <= self.max_length or not _storable(data):
            message = _(
                "expected %(least)s to %(most)s characters without control characters, got %(received)s"
            )
            values = {"least": self.min_length, "most": self.max_length, "received": len(data)}
            raise serializers.ValidationError(message % values)
        return data

    def to_representation(self, value: Any) -> str:
        return str(value)


def _storable(text: str) -> bool:
    return all(char.isprintable() for char in text)


class Seconds(serializers.Field):
    """A whole number of seconds."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": self.most}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or not 1 <= data <= self.most:
            message = _("expected a whole number from 1 to %(most)s, got %(received)s")
            raise serializers.ValidationError(message % {"most": self.most, "received": echo(data)})
        return data

    def to_representation(self, value: Any) -> int:
        return int(value)


class Scopes(serializers.Field):
    """A list of scopes."""

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(SCOPES)}, "minItems": 1}

    def to_internal_value(self, data: Any) -> list[str]:
        if (
            not isinstance(data, list)
            or not data
            or any(scope not in SCOPES for scope in map(_hashable, data))
        ):
            message = _("expected a list of scopes out of %(options)s, got %(received)s")
            received = (
                ", ".join(str(echo(item)) for item in data[:5]) if isinstance(data, list) else echo(data)
            )
            raise serializers.ValidationError(
                message % {"options": ", ".join(SCOPES), "received": received or "[]"}
            )
        return [scope for scope in SCOPES if scope in data]

    def to_representation(self, value: Any) -> list[str]:
        return list(value)


def _hashable(item: Any) -> Any:
    return item if isinstance(item, str) else None


class Untouched(serializers.Field):
    """Any JSON value, null too, for whoever knows its rules."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class TokenRequest(StrictSerializer):
    username = Text(min_length=1, max_length=254)
    password = Text(min_length=1, max_length=MAX_LENGTH)
    name = Text(max_length=100, required=False, default="")
    scopes = Scopes(required=False, default=list(DEFAULT_SCOPES))
    expires_in = Seconds(most=366 * 24 * 3600, required=False, default=None)


class JobRequest(StrictSerializer):
    task = Text(min_length=1, max_length=64)
    params = Untouched()


class BatchRequest(StrictSerializer):
    jobs = Untouched()


class JobUpload(StrictSerializer):
    task = Text(min_length=1, max_length=64)
    params = Untouched(required=False, default=dict)
    file = Untouched()


def job_document(job: Job, request: Request) -> dict[str, Any]:
    """A job as the API shows it."""
    where = {"job_id": job.pk}

    def link(name: str) -> str:
        return reverse(f"api:{name}", kwargs=where, request=request)

    failed = job.status in (Status.FAILED, Status.CANCELLED)
    return {
        "id": str(job.pk),
        "task": job.task,
        "status": job.status,
        "progress": job.progress,
        "message": job.message,
        # As in a result: what is too large to show is null.
        "params": job.params | ({"truncated": True} if job.has_input_file else {}),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "attempts": job.starts,
        "cached": job.cached,
        "core_version": job.core_version,
        "error": {"code": job.error_code, "message": job.error_message} if failed else None,
        "links": {
            "self": link("job"),
            "result": link("job-result"),
            "events": link("job-events"),
            "cancel": link("job-cancel"),
            "page": request.build_absolute_uri(job.get_absolute_url()),
        },
    }


def batch_document(batch: JobBatch, request: Request) -> dict[str, Any]:
    """A batch as the API shows it: how its jobs stand."""
    counts = selectors.status_counts(batch)
    where = {"batch_id": batch.pk}
    return {
        "id": str(batch.pk),
        "created_at": batch.created_at,
        "total": sum(counts.values()),
        "counts": counts,
        "links": {
            "self": reverse("api:job-batch", kwargs=where, request=request),
            "cancel": reverse("api:job-batch-cancel", kwargs=where, request=request),
            "page": request.build_absolute_uri(batch.get_absolute_url()),
        },
    }


def me_document(user: User) -> dict[str, Any]:
    """The caller's own account."""
    roles = sorted(user.groups.values_list("name", flat=True))
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "is_guest": user.is_guest,
        "roles": roles,
        "date_joined": user.date_joined,
    }
