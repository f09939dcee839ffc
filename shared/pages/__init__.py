"""How a page leaves the house, whichever service it is of: one frame, everything escaped, a strict Content-Security-Policy, no foreign
origin (reliability B14, §3.9).

A service brings its own templates, files and words; the base template, the house style and the words of the frame are here.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from shared.pages.words import FRAME, Words, language_of

HERE = Path(__file__).parent
READ = ["GET", "HEAD"]  # how a page may be asked for
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
TAGS = ("en", "zh-CN")


def language(request: Request) -> int:
    """0 English, 1 Chinese, as the address or else the browser asks for."""
    return language_of(request.query_params.get("lang"), request.headers.get("accept-language"))


def address(path: str, query: Iterable[tuple[str, str]] = (), lang: str = "") -> str:
    """A path with its query, and with the language where one was chosen."""
    pairs = [*query, *((("lang", lang),) if lang else ())]
    return f"{path}?{urlencode(pairs, errors='replace')}" if pairs else path


class Frame:
    """The pages of one service: `home` holds its `templates` and `static`, `at` is the address its files are served under."""

    def __init__(self, home: Path, at: str, words: Mapping[str, Words]) -> None:
        self.homes, self.at, self.words = (home, HERE), at, {**FRAME, **words}
        self.templates = Environment(
            loader=FileSystemLoader([h / "templates" for h in self.homes]), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    @cached_property
    def assets(self) -> Mapping[str, tuple[bytes, str]]:
        """File name → content and the hash its address carries, so that a browser may keep it for ever."""
        files = [p for home in self.homes if (home / "static").is_dir() for p in sorted((home / "static").iterdir()) if p.suffix in KINDS]
        return {p.name: (content := p.read_bytes(), hashlib.sha256(content).hexdigest()[:12]) for p in files}

    def address_of(self, name: str) -> str:
        return f"{self.at}/{name}?v={self.assets[name][1]}"

    def asset(self, name: str, version: str | None) -> Response | None:
        """A file of the pages, by its name in the list of them; never by a path."""
        if name not in self.assets:
            return None
        content, mark = self.assets[name]
        caching = "public, max-age=31536000, immutable" if version == mark else "no-cache"
        head = {"Cache-Control": caching, "ETag": f'"{mark}"', "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(content, headers=head, media_type=KINDS[Path(name).suffix])

    def page(self, request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **shown: Any) -> Response:
        """A page in the language asked for, with the demo's mark where it is a demo."""
        lang, asked = language(request), request.query_params.get("lang")
        chosen = asked if asked in ("en", "zh") else ""
        other = ("zh", "en")[lang]
        settings = getattr(request.app.state, "settings", None)
        here: str = request.scope["path"]  # the address as a whole may hold a Host that is none
        rest = [(n, v) for n, v in request.query_params.multi_items() if n != "lang"]
        body = self.templates.get_template(template).render(
            lang=lang, tag=TAGS[lang], other=other, here=here, path=self.address_of, switch=address(quote(here), rest, other),
            keep=f"?lang={chosen}" if chosen else "", chosen=chosen, link=lambda path, query=(): address(path, query, chosen),
            demo=settings is not None and settings.profile == "demo", say=lambda word: self.words[word][lang], **shown,
        )  # fmt: skip
        head = {"Content-Security-Policy": POLICY, "Content-Language": TAGS[lang], "Cache-Control": "no-cache",
                "Vary": "Accept-Language", "Cross-Origin-Resource-Policy": "same-origin"}  # fmt: skip
        return HTMLResponse(body.encode("utf-8", "replace"), status, head | dict(headers or {}))
