"""How we speak: one JSON object per line, user data only as values, personal data dropped (domain §7.3, reliability B16)."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = frozenset(
    {"name", "mobile", "phone", "email", "id_no", "address", "account", "person", "body", "value", "token", "authorization"}
)


def without_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in PERSONAL & event.keys():
        event[key] = "[dropped]"
    return event


def configure(level: str = "INFO", form: str = "json", stream: Any = None) -> None:
    last = structlog.processors.JSONRenderer(ensure_ascii=True) if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_personal_data, structlog.processors.format_exc_info, last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr), cache_logger_on_first_use=True,
    )  # fmt: skip
    logging.basicConfig(
        level=logging.WARNING, stream=stream or sys.stderr, format='{"event": "library", "logger": "%(name)s", "level": "%(levelname)s"}'
    )
    for library in ("aiokafka", "uvicorn.error"):  # what they would say is said by the loops and the guard, without content
        logging.getLogger(library).setLevel(logging.CRITICAL)
