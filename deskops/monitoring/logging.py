"""What is logged and how: one line per event, nothing in it that names a person or opens a door."""

import datetime as dt
import logging.config
import re
from collections.abc import Mapping, Sequence

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REMOVED = "[removed]"

# A key that holds one of these words holds what must not be written down.
_SECRET_KEY = re.compile(
    r"pass(word|phrase)|secret|token|cookie|authori[sz]ation|api[-_]?key|session|csrf|otp|recovery|dsn"
    r"|e[-_]?mail|phone|user[-_]?agent|(^|[-_])ip($|[-_])|remote_addr|forwarded",
    re.IGNORECASE,
)
_SCRUBBED: Sequence[tuple[re.Pattern[str], str]] = (
    # PostgreSQL repeats the whole row of a failed write, line breaks and all.
    (re.compile(r"DETAIL:.*?(?=\n\n(The above|During handling)|\Z)", re.DOTALL), f"DETAIL: {REMOVED}"),
    # The key of a link that sets a password or lets somebody in.
    (re.compile(r"(/(?:key|invitation|confirm-email)/)[^/\s]+"), rf"\1{REMOVED}"),
    # User and password inside an address such as a database's.
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{REMOVED}@"),
    (re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"), REMOVED),
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b"), REMOVED),
    (re.compile(r"(?<![\w:])([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE), REMOVED),
    (
        re.compile(r"(?<![\w:])([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::[0-9a-f]{1,4}(:[0-9a-f]{1,4})*(?![\w:])"),
        REMOVED,
    ),
    # The query of an address may hold what was searched for, or a token.
    (re.compile(r"(?<=[/\w])\?[\w.~%\[\]-]+=[^\s\"'<>]*"), f"?{REMOVED}"),
)


def scrub_text(text: str) -> str:
    """Take e-mail and network addresses, queries, credentials and rows of the database out of a text."""
    for pattern, instead in _SCRUBBED:
        text = pattern.sub(instead, text)
    return text


def scrub(value: object, *, key: str = "") -> object:
    """Return the value with nothing left in it, however deep, that must not be written down."""
    if _SECRET_KEY.search(key):
        return REMOVED
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, Mapping):
        return {name: scrub(part, key=str(name)) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(part) for part in value]
    if value is None or isinstance(value, bool | int | float | dt.date):
        return value
    return scrub_text(str(value))


def scrub_event(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Scrub a line as the last thing before it is written."""
    return {
        name: value if name == "timestamp" else scrub(value, key=name) for name, value in event_dict.items()
    }


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Text without the values of local variables.
        structlog.processors.format_exc_info,
    ]


def configure_logging(*, readable: bool, level: str) -> None:
    """Send structlog's and the standard library's lines to stderr: JSON, or readable for a person."""
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _shared_processors(),
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        scrub_event,
                        renderer,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Our own middleware says it, once and with the request's id.
                "django.request": {"level": "CRITICAL"},
                # It logs a message when it is imported.
                "pikepdf": {"level": "WARNING"},
                # What the server itself says joins the other lines.
                "_granian": {"handlers": [], "level": "WARNING", "propagate": True},
            },
        }
    )
