"""`python -m services.portal`: the portal alone, with its pages and its own reference."""

import sys

from pydantic import ValidationError

from services.portal.pages import start_page
from services.portal.reference import reference
from services.portal.service import service
from shared import logs
from shared.run import REFUSED, build, serve
from shared.settings import Settings


def main() -> int:
    try:
        settings = Settings.from_environment()
    except ValidationError as error:
        names = ", ".join(f"GUILDHALL_{str(e['loc'][0]).upper()} ({e['type']})" for e in error.errors(include_input=False))
        sys.stderr.write(f"guildhall refuses to start: these settings are not right: {names}\n")
        return REFUSED
    logs.configure(settings.log_level, settings.log_format)
    app = build([service], settings)
    app.include_router(start_page(app.state.engines["portal"]))
    app.include_router(reference([service]))
    return serve(app, settings)


if __name__ == "__main__":
    sys.exit(main())
