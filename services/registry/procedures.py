"""What each act after the founding needs, as versioned data [办事指南]: papers, days, what is handed back (R1–R4; domain §3.3, §3.7).

A case keeps the version it was opened under: it stores the version and reads its papers from there.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.registry.values import begin_of
from shared.record import Line, Refused, Value
from shared.versions import Versioned, Versions

Act = Literal["CHANGE", "CHARTER", "TRANSFER", "DEREGISTRATION", "REVOCATION", "MERGER", "SPLIT", "DECOUPLING"]
ActPaper = Literal[
    "APPLICATION", "COUNCIL_RESOLUTION", "ASSEMBLY_RESOLUTION", "CHANGE_TABLE", "CONSENT", "PREMISES_PROOF", "AUDIT_REPORT", "CAPITAL_VERIFICATION",
    "ADOPTED_CHARTER", "BALLOT_RECORD", "HANDOVER_LIST", "FILES_INVENTORY", "LIQUIDATION_REPORT", "DECISION", "MERGER_AGREEMENT", "SPLIT_PLAN",
    "ASSETS_INVENTORY", "SUPERVISION_ENDED", "FUNCTIONS_LIST", "SEPARATE_ACCOUNTS", "STAFF_LIST", "PARTY_HANDOVER",
]  # fmt: skip
HandedIn = Literal["CERTIFICATE", "SEAL", "VOUCHERS"]


class ActDocument(Value):
    """One paper of an act, by its reference in the document store."""

    kind: ActPaper
    document: Line


Documents = Annotated[tuple[ActDocument, ...], Field(max_length=40)]


class Procedure(Versioned):
    """One act in one version. `with_consent`: papers where a unit consents; `by_item`: papers for what is changed; `days` and `years`
    as the act counts them; `announced`: what is announced to the public (art. 23)."""

    code: Act
    basis: str = Field(min_length=1, max_length=400)
    papers: tuple[ActPaper, ...]
    with_consent: tuple[ActPaper, ...] = ()
    by_item: dict[str, tuple[ActPaper, ...]] = Field(default_factory=dict)
    handed_in: tuple[HandedIn, ...] = ()
    days: Annotated[int | None, Field(ge=1, le=365)] = None
    years: Annotated[int | None, Field(ge=1, le=10)] = None
    reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...] = ()
    correction_days: Annotated[int | None, Field(ge=1, le=365)] = None
    announced: tuple[str, ...] = ()

    def needed(self, consented: bool = False, items: Iterable[str] = ()) -> set[str]:
        """The papers this act needs, for these items, and where a unit consents."""
        return {*self.papers, *(self.with_consent if consented else ()), *(p for i in items for p in self.by_item.get(i, ()))}

    def complete(self, papers: Iterable[str], handed_in: Iterable[str] = (), consented: bool = False, items: Iterable[str] = ()) -> None:
        """Raises: Refused (`papers_missing`) naming all that is still missing, papers first."""
        missing = sorted(self.needed(consented, items) - set(papers)) + sorted(set(self.handed_in) - set(handed_in))
        if missing:
            raise Refused(
                "papers_missing", f"still missing: {', '.join(missing)}", f"缺少：{'、'.join(missing)}", pointer="/papers", missing=missing
            )


PROCEDURES: Versions[Procedure] = Versions.load(Path(__file__).parent / "data" / "procedures", Procedure)


def procedure(act: Act, day: date, version: str | None = None) -> Procedure:
    """The version a case was opened under, or the one in force that day. Raises: Refused (`no_rule_in_force`)."""
    return PROCEDURES.get(act, version) if version else PROCEDURES.in_force(day, act)


def reminders(rule: Procedure, due: date | None, since: date) -> list[datetime]:
    """The mornings on which a filing that is due is reminded of, as far as they lie after the day it became due by."""
    days = (due - timedelta(days=d) for d in rule.reminder_days) if due else ()
    return [begin_of(d) for d in days if d > since]
