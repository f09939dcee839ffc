"""The regimes that come later (domain §3.8), written as the data they will be: the model must carry them without a change of code."""

from typing import Any

from services.registry.registration.regime import REGIMES, Regime

DUAL = REGIMES.get("DUAL", "2016-02")
DIRECT = REGIMES.get("DIRECT", "2012-07")


def like(regime: Regime, **other: Any) -> Regime:
    """The same rules but for what is named."""
    return Regime.model_validate(regime.model_dump() | other)


WENZHOU_FIC = like(
    DUAL, code="WENZHOU_FIC", version="2014", preapproval={"required": True, "roles": ["SUPERVISING_UNIT", "FIC"]},
    name_forms={"FIC": ["商会"], "SUPERVISING_UNIT": ["协会", "行业协会"]},
    post_actions=[{"action": "GRANT_FIC_GROUP_MEMBERSHIP", "when_supervisor": "FIC"}],
)  # fmt: skip
SHANGHAI_TERNARY = like(
    DUAL, code="SHANGHAI_TERNARY", version="2002", opinions=[{"from": "ASSOC_DEVELOPMENT_BODY", "mandatory": True, "days": 15}],
    same_scope={"policy": "ALLOW_OVERLAP"}, scope_bases=list(DIRECT.scope_bases), overlap_level=dict(DIRECT.overlap_level),
    annual={"mode": "CHECK", "first_review": "SUPERVISING_UNIT", "first_due": "03-31", "due": "05-31", "informed": ["ASSOC_DEVELOPMENT_BODY"]},
)  # fmt: skip
XIXIAN_CURRENT = Regime.model_validate({
    "code": "XIXIAN_CURRENT", "version": "2021", "effective_from": "2021-01-01", "status": "IN_FORCE", "basis": "to be confirmed by the client",
    "delegates": {"INDUSTRY_ASSOCIATION": "DIRECT", "CHAMBER": "DIRECT", "OTHER": "DUAL"},
})  # fmt: skip
AMEND_2026 = like(
    DIRECT, code="AMEND_2026", version="2026-03", status="DRAFT", effective_from="2026-03-20",
    ending={"grounds": ["INDUSTRY_ADJUSTMENT", "PARALYSED_BY_BAD_MANAGEMENT"], "plan_required": True},
)  # fmt: skip
