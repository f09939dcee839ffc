"""Weights and measures of matching as versioned data (`data/weights.yaml`). matching.md §2."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.versions import Versioned, Versions

Feature = Literal["need_cover", "offer_cover", "industry", "region", "chain", "scale", "rating", "capacity"]
Role = Literal["ASSOCIATION_TO_ENTERPRISE", "ENTERPRISE_TO_ASSOCIATION", "LEAD", "CHAMBER_TO_CHAMBER"]
PartyKind = Literal["ASSOCIATION", "ENTERPRISE", "CHAMBER", "LEAD"]
Wanted = Literal["ENTERPRISES", "CHAMBERS", "ASSOCIATIONS"]
Intent = Literal["STRENGTHEN", "FILL", "EXTEND"]
Share = float


class Part(BaseModel):
    """A group of settings within the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(Part):
    weight: float
    m: float
    prior: float


class Freshness(Part):
    weight: float
    half_life_days: float
    floor: float
    neutral: float


class Exposure(Part):
    half_life_days: float
    unseen: float
    strength: dict[PartyKind, float] = Field(alias="lambda")


class Diversity(Part):
    most: int
    of: int


class Showing(Part):
    """How lists are shown: how many of the best who were proposed to nobody are looked through for newcomers, the first so many of these that a
    place is drawn from, the share of lists in which two places are exchanged, and the first and last place that may be."""

    looked_through: int
    drawn_from: int
    exchange_share: float
    exchanged: tuple[int, int]


class Weights(Versioned):
    """Everything a score depends on beside the two parties and the market."""

    change_note: str
    roles: dict[Role, dict[Feature, float]]
    rating: dict[str, float]
    chain: dict[Intent, tuple[float, float, float]]
    unknown: float
    capacity: dict[PartyKind, int]
    pseudo_strength: float
    outcome: Outcome
    freshness: Freshness
    exposure: Exposure
    bounds: tuple[float, float]
    diversity: Diversity
    showing: Showing
    threshold: dict[Wanted, float]
    proposals: int

    @model_validator(mode="after")
    def every_role_is_whole(self) -> "Weights":
        for role, weights in self.roles.items():
            if any(w < 0 for w in weights.values()) or abs(sum(weights.values()) - 1) > 1e-12:
                raise ValueError(f"{role}: weights are not negative and add up to 1")
        return self


@cache
def weights() -> Versions[Weights]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "weights.yaml", Weights)
