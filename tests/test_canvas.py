"""The canvas at the head of each service, one page for a newcomer, says what the service is: what it owns, tells and hears.

The first lines are prose; then three paragraphs that begin with `Owns`, `Tells` and `Hears` and name, and only name, what is so.
"""

import importlib
import inspect
import re
from textwrap import fill

import pytest

from shared.docs import SERVICES, discover
from shared.engine import Service

FOUND = discover(SERVICES)
NAMES = {"Owns": r"[a-z_]+\.[a-z_]+", "Tells": r"[a-z_]+ \((?:public|zone|internal)\)", "Hears": r"[a-z_]+\.[a-z_]+\.[a-z_]+\.v\d+"}


def truth(service: Service) -> dict[str, set[str]]:
    """Its record types; its rooms with who may read them; the events it reads."""
    rooms = {f"{room} ({visibility})" for room, visibility in service.rooms.items()}
    return {"Owns": {k.collection for k in service.kinds}, "Tells": rooms, "Hears": service.hears}


def said(docstring: str) -> dict[str, set[str]]:
    """What the canvas names under each of its three heads."""
    parts = re.split(r"^(Owns|Tells|Hears)\b", docstring, flags=re.MULTILINE)
    return {head: set(re.findall(NAMES[head], re.sub(r"\s+", " ", text))) for head, text in zip(parts[1::2], parts[2::2], strict=True)}


def drawn(service: Service) -> str:
    return "\n\n".join(fill(f"{head}: {' · '.join(sorted(names))}", 140) for head, names in truth(service).items() if names)


@pytest.mark.parametrize("service", FOUND, ids=lambda s: s.name)
def test_the_canvas_is_true(service: Service) -> None:
    text = inspect.getdoc(importlib.import_module(f"services.{service.name}")) or ""
    wanted = {head: names for head, names in truth(service).items() if names}
    assert said(text) == wanted, f"services/{service.name}/__init__.py should end with\n\n{drawn(service)}"


@pytest.mark.parametrize("service", FOUND, ids=lambda s: s.name)
def test_the_canvas_begins_with_what_the_service_is_for(service: Service) -> None:
    text = inspect.getdoc(importlib.import_module(f"services.{service.name}")) or ""
    prose = re.split(r"^(?:Owns|Tells|Hears)\b", text, flags=re.MULTILINE)[0].strip()
    assert len(prose) >= 60, f"services/{service.name}/__init__.py says nothing of its purpose"


def test_a_canvas_that_leaves_out_or_invents_is_not_true() -> None:
    canvas = "A service.\n\nOwns: leads.lead · regions.agreement\n\nTells: leads (zone)\n\nHears: registry.members.member_joined.v1"
    assert said(canvas) == {
        "Owns": {"leads.lead", "regions.agreement"},
        "Tells": {"leads (zone)"},
        "Hears": {"registry.members.member_joined.v1"},
    }
    assert said(canvas.replace(" · regions.agreement", ""))["Owns"] == {"leads.lead"}
    assert said("no heads") == {}
