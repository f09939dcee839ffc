"""The regimes as they are shipped (domain §3.8), and regimes like them with something else."""

from typing import Any

from services.registry.registration.regime import REGIMES, Regime

SHIPPED = {r.code: r for r in REGIMES.all()}
DUAL, DIRECT, WENZHOU_FIC, SHANGHAI_TERNARY = (SHIPPED[c] for c in ("DUAL", "DIRECT", "WENZHOU_FIC", "SHANGHAI_TERNARY"))
XIXIAN_CURRENT, AMEND_2026 = SHIPPED["XIXIAN_CURRENT"], SHIPPED["AMEND_2026"]


def like(regime: Regime, **other: Any) -> Regime:
    """The same rules but for what is named."""
    return Regime.model_validate(regime.model_dump() | other)
