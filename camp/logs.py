"""One log line an event, as text for people or JSON for machines, each with its request's and job's id."""

import logging
from typing import Any

import structlog

from attention_core.problems import shorten

_SUSPICION_LENGTH = 200
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,  # request_id, job_id
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _not_unavailable(record: logging.LogRecord) -> bool:
    """Django calls every 503 an error; /readyz answers it by design, and the middleware has logged the others."""
    return getattr(record, "status_code", None) != 503


def _in_one_line(record: logging.LogRecord) -> bool:
    """What Django suspects (a Host that is not ours, a form of a thousand fields) anybody can send without end.

    The visitor is told what is wrong; the log needs no traceback of it, nor all that was sent.
    """
    if record.name.startswith("django.security."):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = shorten(record.getMessage(), _SUSPICION_LENGTH), ()
        record.exc_info = record.exc_text = None
    return True


def logging_config(log_format: str) -> dict[str, Any]:
    """Settings for `logging`; `log_format` is "text" or "json". Libraries' own records take the same form."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    if log_format == "json":
        renderers: list[Any] = [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        renderers = [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=plain)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder(allow=["status_code"])],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            }
        },
        "filters": {
            "not_unavailable": {"()": lambda: _not_unavailable},
            "in_one_line": {"()": lambda: _in_one_line},
        },
        "handlers": {
            # Of the handler, not of a logger, which filters only its own records and not its children's.
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["in_one_line"]}
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "uvicorn": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "tensorflow": {"level": "ERROR"},
            # A refused request (4xx) is the visitor's affair; it is counted in the access line, not told twice.
            "django.request": {"level": "ERROR", "filters": ["not_unavailable"]},
        },
    }
