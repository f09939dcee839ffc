"""Coverage map [覆盖图谱]: which priority chains and which divisions of GB/T 4754 have no association (peers R9, domain §2.2, §6.2).

Read from the counts that every registration, reclassification and ending shifts, so it is true the moment the event took effect.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.industry import DIVISIONS, known, name_of, section
from shared.versions import Versioned, Versions

Code = Annotated[str, Field(pattern=r"^\d{2,4}$")]


class Chain(BaseModel):
    """A priority chain [重点产业链], and the codes its associations are looked for under."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    zh: str
    en: str
    gbt4754: tuple[Code, ...]

    @field_validator("gbt4754")
    @classmethod
    def are_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(codes) - known():
            raise ValueError(f"not in GB/T 4754: {', '.join(sorted(unknown))}")
        return codes


class Chains(Versioned):
    source: str
    chains: tuple[Chain, ...]


CHAINS: Versions[Chains] = Versions.load(Path(__file__).parent.parent / "data" / "oversight" / "chains.yaml", Chains)


class Part(BaseModel):
    """A code and how many living associations have it or one beneath it."""

    gbt4754: str
    name: str
    associations: int


class ChainCovered(BaseModel):
    """`gaps` are the chain's codes without an association; `covered` says whether it has one at all."""

    code: str
    zh: str
    en: str
    covered: bool
    parts: list[Part]
    gaps: list[str]


class SectionCovered(BaseModel):
    section: str
    divisions: list[Part]
    gaps: list[str]


class Coverage(BaseModel):
    chains_version: str
    chains_source: str
    chains: list[ChainCovered]
    chains_without: list[str]
    sections: list[SectionCovered]
    divisions_without: int


def coverage(counts: Mapping[str, int], today: date) -> Coverage:
    """The map from industry code → living associations."""

    def part(code: str) -> Part:
        return Part(gbt4754=code, name=name_of(code), associations=counts.get(code, 0))

    def gaps(parts: list[Part]) -> list[str]:
        return [p.gbt4754 for p in parts if not p.associations]

    table, chains = CHAINS.in_force(today), list[ChainCovered]()
    for chain in table.chains:
        parts = [part(c) for c in chain.gbt4754]
        chains.append(
            ChainCovered(code=chain.code, zh=chain.zh, en=chain.en, covered=len(gaps(parts)) < len(parts), parts=parts, gaps=gaps(parts))
        )
    by_section: dict[str, list[Part]] = {}
    for division in DIVISIONS:
        by_section.setdefault(section(division), []).append(part(division))
    sections = [SectionCovered(section=s, divisions=parts, gaps=gaps(parts)) for s, parts in by_section.items()]
    return Coverage(
        chains_version=table.version, chains_source=table.source, chains=chains, chains_without=[c.code for c in chains if not c.covered],
        sections=sections, divisions_without=sum(len(s.gaps) for s in sections),
    )  # fmt: skip
