"""Whether two associations have the same or a similar scope [业务范围相同或者相似], by the basis they were founded on (R19; domain §3.1).

Since the rule of one association to an industry was relaxed, a scope is cut by industry or product class, by business mode, stage
of the chain or service function. Only scopes cut in the same way can overlap; for the last three also the term must be the same.
"""

from collections.abc import Iterable, Mapping

from services.registry.values import RegisteredItems, ScopeBasis
from shared.industry import common_level
from shared.names import comparison_key
from shared.record import Value

BY_CLASS: frozenset[str] = frozenset({"INDUSTRY_CLASS", "PRODUCT_CLASS"})


class Overlap(Value):
    """A registered association whose scope is the same or similar; `level` is how deep the industry codes agree (1 section … 4 class)."""

    association: str
    name: str
    level: int


def overlaps(
    basis: ScopeBasis, term: str | None, codes: Iterable[str], threshold: Mapping[ScopeBasis, int], peers: Iterable[RegisteredItems]
) -> tuple[Overlap, ...]:
    """Those of `peers` that share the basis, and the industry at least as deep as the regime says; deepest first."""
    mine = tuple(codes)
    found = []
    for peer in peers:
        level = max((common_level(a, b) for a in mine for b in peer.gbt4754), default=0)
        same_cut = peer.scope_basis == basis and (basis in BY_CLASS or comparison_key(peer.scope_term or "") == comparison_key(term or ""))
        if same_cut and level >= threshold[basis]:
            found.append(Overlap(association=peer.uscc, name=peer.name, level=level))
    return tuple(sorted(found, key=lambda o: (-o.level, o.association)))
