"""How a page leaves the house: Jinja2 with everything escaped, a strict Content-Security-Policy, no foreign origin (reliability B14, §3.9)."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from services.portal.words import PAGE, language_of

HERE = Path(__file__).parent
READ = ["GET", "HEAD"]  # how a page may be asked for
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@cache
def assets() -> Mapping[str, tuple[bytes, str]]:
    """File name → content and the hash its address carries, so that a browser may keep it for ever."""
    found = {p.name: p.read_bytes() for p in sorted((HERE / "static").iterdir()) if p.suffix in KINDS}
    return {name: (content, hashlib.sha256(content).hexdigest()[:12]) for name, content in found.items()}


def address_of(name: str) -> str:
    return f"/static/{name}?v={assets()[name][1]}"


def asset(name: str, version: str | None) -> Response | None:
    """A file of the portal's own, by its name in the list of them; never by a path."""
    if name not in assets():
        return None
    content, mark = assets()[name]
    caching = "public, max-age=31536000, immutable" if version == mark else "no-cache"
    head = {"Cache-Control": caching, "ETag": f'"{mark}"', "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(content, headers=head, media_type=KINDS[Path(name).suffix])


def language(request: Request) -> int:
    return language_of(request.query_params.get("lang"), request.headers.get("accept-language"))


def page(request: Request, template: str, status: int = 200, **shown: Any) -> Response:
    """A page in the language asked for, with the demo's mark where it is a demo."""
    lang = language(request)
    chosen = request.query_params.get("lang")
    settings = getattr(request.app.state, "settings", None)
    body = templates.get_template(template).render(
        lang=lang, tag=("en", "zh-CN")[lang], other=("zh", "en")[lang], here=request.url.path, path=address_of,
        keep=f"?lang={chosen}" if chosen in ("en", "zh") else "", demo=settings is not None and settings.profile == "demo",
        say=lambda word: PAGE[word][lang], **shown,
    )  # fmt: skip
    head = {"Content-Security-Policy": POLICY, "Content-Language": ("en", "zh-CN")[lang], "Cache-Control": "no-cache",
            "Vary": "Accept-Language", "Cross-Origin-Resource-Policy": "same-origin"}  # fmt: skip
    return HTMLResponse(body, status, head)
