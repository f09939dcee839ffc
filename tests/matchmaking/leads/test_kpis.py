from datetime import date

from services.matchmaking.leads.facts import Lead
from services.matchmaking.leads.forms import Signing
from services.matchmaking.leads.kpis import Fate, fares, kpis
from tests.matchmaking.samples import a_lead, a_project


def signed(paper: str, stage: str = "SIGNED", paid_in: int = 0, city: str = "XX-KG", chain: str | None = None) -> Lead:
    signing = Signing(
        paper="CONTRACT" if paper == "CONTRACT" else "AGREEMENT", document="c.pdf", signed_on=date(2026, 3, 9), contracted=1000
    )
    return a_lead(evidence=(signing,), stage=stage, paid_in=paid_in, new_city=city, project=a_project(chain=chain))


def test_the_published_case_gives_its_rates() -> None:
    fates: dict[Fate, int] = {"BUILT": 18, "BUILDING": 180, "IN_APPROVAL": 93, "ENDED": 1}
    told = kpis((fate, 100, 50) for fate, n in fates.items() for _ in range(n))
    assert (told.contracts, told.start_rate, told.performance_rate, told.funds_rate) == (292, 67.8, 99.7, 50.0)


def test_of_nothing_there_is_no_rate() -> None:
    told = kpis(())
    assert (told.contracts, told.start_rate, told.performance_rate, told.funds_rate) == (0, None, None, None)


def test_agreements_are_counted_apart_and_in_no_rate() -> None:
    told = fares([signed("CONTRACT", "STARTED", 500), signed("AGREEMENT"), signed("CONTRACT", "DROPPED")])
    assert (told.agreements, told.whole.contracts, told.whole.building, told.whole.ended) == (1, 2, 1, 1)
    assert (told.whole.start_rate, told.whole.performance_rate, told.whole.funds_rate) == (50.0, 50.0, 25.0)


def test_an_agreement_that_was_turned_into_a_contract_is_a_contract() -> None:
    agreement = signed("AGREEMENT")
    turned = agreement.model_copy(update={"evidence": (*agreement.evidence, *signed("CONTRACT").evidence)})
    assert (fares([turned]).agreements, fares([turned]).whole.in_approval) == (0, 1)


def test_by_new_city_or_by_chain() -> None:
    leads = [signed("CONTRACT", "STARTED"), signed("CONTRACT", city="XX-FD", chain="光伏")]
    assert {n: k.contracts for n, k in fares(leads).groups.items()} == {"XX-FD": 1, "XX-KG": 1}
    assert {n: k.contracts for n, k in fares(leads, "chain").groups.items()} == {"": 1, "光伏": 1}
