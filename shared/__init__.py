"""What every service stands on; nothing here knows a service."""

import sys

if "rich" not in sys.modules:  # structlog would read it for tracebacks in colour, which no service prints: a tenth of every start
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
