"""Mail leaves by the queue: no page waits for a mail server, nor tells by its time whether there is an account.

    page → Queued (the EMAIL_BACKEND) → message on the queue `interactive` → send, in a worker → MAIL_TRANSPORT

A mail holds an address, and links that open an account. So it is in no row of the database, sealed in its message, and
the log tells of it without either.
"""

import json
import smtplib
from collections.abc import Sequence
from typing import Any

import structlog
from celery import shared_task
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from camp.errors import PARTS_AWAY
from camp.sealed import box

log = structlog.get_logger("camp.mail")
QUEUE = "interactive"
# Seconds before each further try, three quarters of an hour in all: who keeps new senders waiting does so for minutes.
# Each is shorter than the broker's visibility_timeout, after which a waiting message would be given out twice.
WAITS = (5, 30, 120, 600, 1800)
_FIELDS = ("subject", "body", "from_email", "to", "cc", "bcc", "reply_to", "extra_headers")


class Queued(BaseEmailBackend):
    """Hands mail to the workers.

    Raises, when sending:
        camp.errors.PARTS_AWAY: the broker does not take it; the page answers 503, and nobody waits for a lost mail.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        handed_over = 0
        for message in email_messages:
            try:
                _hand_over(_seal(message), _request_id())
            except PARTS_AWAY:
                if not self.fail_silently:
                    raise
            else:
                handed_over += 1
        return handed_over


def _hand_over(sealed: str, request_id: str, *, tries: int = 0, wait: int = 0) -> None:
    send.apply_async(
        args=(sealed, request_id, tries),
        queue=QUEUE,
        countdown=wait,
        # Once more at once: a connection kept since before a restart of the broker tells so only when used.
        retry=True,
        retry_policy={"max_retries": 1, "interval_start": 0},
    )


@shared_task(name="camp.mail.send", time_limit=150)  # a conversation has about ten steps of EMAIL_TIMEOUT
def send(sealed: str, request_id: str, tries: int) -> None:
    """Send one mail. A try that fails is followed by another, later, until the waits are used up."""
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            message = _unseal(sealed)
        except InvalidToken:
            log.error("mail_not_readable")  # CAMP_SECRET_KEY has changed meanwhile
            return
        try:
            message.send()
        except Exception as error:  # Celery would log it in full
            wait = next(iter(WAITS[tries:]), None) if _may_pass(error) else None
            level = log.error if wait is None else log.warning
            level("mail_not_sent", tries=tries + 1, again_in_seconds=wait, **_told(error))
            if wait is not None:
                _hand_over(sealed, request_id, tries=tries + 1, wait=wait)


def _may_pass(error: Exception) -> bool:
    """Whether another try makes sense. Where an address is refused for good, to go on knocking makes a bad name."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code < 500 for code, _answer in error.recipients.values())
    return isinstance(error, OSError)  # SMTPException is one


def _told(error: Exception) -> dict[str, Any]:
    """What of an error names nobody: answers of mail servers repeat the address."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return {"error": type(error).__name__, "code": code}


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _seal(message: EmailMessage) -> str:
    if message.attachments:
        raise ValueError(f"expected a mail without attachments, got {len(message.attachments)}")
    fields = {name: getattr(message, name) for name in _FIELDS}
    alternatives = [list(one) for one in getattr(message, "alternatives", [])]
    return box("mail").encrypt(json.dumps([fields, alternatives], default=str).encode()).decode()


def _unseal(sealed: str) -> EmailMessage:
    fields, alternatives = json.loads(box("mail").decrypt(sealed.encode()))
    fields["headers"] = fields.pop("extra_headers")
    return EmailMultiAlternatives(
        **fields, alternatives=alternatives, connection=get_connection(settings.MAIL_TRANSPORT)
    )
