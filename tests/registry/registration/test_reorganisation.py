"""Merger and split (art. 19; R51; domain §3.3)."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.registry.registration import reorganisation as r
from services.registry.registration.reorganisation import reorganisations
from shared.record import Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, after, association, by, papers_for

SURVIVOR = association(uscc=AI, name="西咸新区空运协会")
PART = "51611100PDY000108X"


def form(**other):
    fields = {"form": "MERGER", "association": AIR, "survivor": AI, "resolved_on": MARCH_2, "reason": "业务相近"}
    return r.ReorganisationForm.model_validate(fields | other)


def merger(holder=None, survivor=SURVIVOR, caller=None, busy: bool = False, **other):
    event = r.propose(caller or by("ASSOCIATION"), form(**other), holder or association(), survivor, busy)
    return reorganisations.open(event, "merger-1")


def split(dissolves: bool = True):
    return reorganisations.open(
        r.propose(by("ASSOCIATION"), form(form="SPLIT", survivor=None, dissolves=dissolves), association(), None, False), "split-1"
    )


def approved(case):
    call, papers = by("REG_AUTHORITY"), papers_for(case.form)
    return after(reorganisations, case, r.approve(case, call, papers, association(), SURVIVOR if case.survivor else None))


def refusal(act) -> str:
    with pytest.raises(Refused) as no:
        act()
    return no.value.code


def test_the_survivor_agrees_and_nobody_else() -> None:
    case = merger()
    assert (case.stage, case.parties) == ("PROPOSED", (AIR, AI))
    assert refusal(lambda: r.agree(case, by("ASSOCIATION"))) == "not_the_survivor"
    assert refusal(lambda: r.decline(case, by("ASSOCIATION"), "不同意")) == "not_the_survivor"
    agreed = after(reorganisations, case, r.agree(case, by("ASSOCIATION", organisation=AI)))
    assert agreed.stage == "AGREED"
    assert after(reorganisations, case, r.decline(case, by("ASSOCIATION", organisation=AI), "不同意")).open_for is None


def test_the_one_that_goes_applies_and_may_take_it_back() -> None:
    assert refusal(lambda: merger(caller=by("ASSOCIATION", organisation=AI))) == "not_the_applicant"
    case = merger()
    assert refusal(lambda: r.withdraw(case, by("ASSOCIATION", organisation=AI), "暂缓")) == "not_the_applicant"
    assert after(reorganisations, case, r.withdraw(case, by("ASSOCIATION"), "暂缓")).stage == "WITHDRAWN"


def test_both_are_at_work_when_it_is_proposed_and_when_it_is_approved() -> None:
    ending = association("LIQUIDATING", uscc=AI, name="西咸新区空运协会")
    assert refusal(lambda: merger(survivor=ending)) == "survivor_not_working"
    assert refusal(lambda: merger(survivor=None)) == "survivor_not_working"
    assert refusal(lambda: merger(busy=True)) == "already_under_way"
    assert refusal(lambda: merger(association("REVOKED"))) == "association_not_working"
    agreed = after(reorganisations, merger(), r.agree(merger(), by("ASSOCIATION", organisation=AI)))
    papers = papers_for("MERGER")
    assert refusal(lambda: r.approve(agreed, by("REG_AUTHORITY"), papers, association(), ending)) == "survivor_not_working"
    assert refusal(lambda: r.approve(agreed, by("REG_AUTHORITY"), papers, association("REVOKED"), SURVIVOR)) == "association_not_working"
    with pytest.raises(Malformed):
        merger(resolved_on=MARCH_2 + timedelta(days=1))


@pytest.mark.parametrize("act", ["MERGER", "SPLIT"])
def test_each_has_its_papers_and_the_consent_where_a_unit_supervises(act: str) -> None:
    case = split() if act == "SPLIT" else after(reorganisations, merger(), r.agree(merger(), by("ASSOCIATION", organisation=AI)))
    supervised = case.model_copy(update={"supervised": True})
    for of, without in ((case, "ASSEMBLY_RESOLUTION"), (supervised, "CONSENT")):
        papers = papers_for(act, True, without=without)
        with pytest.raises(Refused) as no:
            r.approve(of, by("REG_AUTHORITY"), papers, association(), SURVIVOR)
        assert no.value.more["missing"] == [without]


def test_a_merger_is_complete_when_the_one_that_goes_is_struck_off() -> None:
    case = approved(after(reorganisations, merger(), r.agree(merger(), by("ASSOCIATION", organisation=AI))))
    assert (case.stage, case.open_for) == ("APPROVED", AIR)
    assert refusal(lambda: r.name_successors(case, by("REG_AUTHORITY"), (PART,), [])) == "not_a_split"
    done = after(reorganisations, case, r.complete(case, by("PLATFORM"), r.AssociationDeregistered(about=AIR, uscc=AIR)))
    assert (done.stage, done.survivor) == ("COMPLETED", AI)


def test_a_split_names_its_parts_and_is_complete_with_them_where_the_association_goes_on() -> None:
    part = association(uscc=PART, name="西咸新区空运协会")
    case = approved(split(dissolves=False))
    assert refusal(lambda: r.name_successors(case, by("REG_AUTHORITY"), (PART,), [])) == "successor_not_registered"
    assert refusal(lambda: r.name_successors(case, by("REG_AUTHORITY"), (AIR,), [association()])) == "successor_not_registered"
    assert after(reorganisations, case, r.name_successors(case, by("REG_AUTHORITY"), (PART,), [part])).stage == "COMPLETED"
    ends = approved(split(dissolves=True))
    ends = after(reorganisations, ends, r.name_successors(ends, by("REG_AUTHORITY"), (PART,), [part]))
    assert (ends.stage, ends.successors) == ("APPROVED", (PART,))
    done = after(reorganisations, ends, r.complete(ends, by("PLATFORM"), r.AssociationDeregistered(about=AIR, uscc=AIR)))
    assert (done.stage, done.successors) == ("COMPLETED", (PART,))


def test_refused_or_overtaken_by_a_revocation() -> None:
    case = split()
    assert after(reorganisations, case, r.refuse(case, by("REG_AUTHORITY"), "不符")).stage == "REFUSED"
    revoked = r.AssociationRegistrationRevoked(about=AIR, uscc=AIR)
    assert after(reorganisations, case, r.lapse(case, by("PLATFORM"), revoked)).open_for is None


@pytest.mark.parametrize("wrong", [{"survivor": None}, {"dissolves": False}, {"survivor": AIR}, {"form": "SPLIT"}])
def test_forms_that_contradict_themselves(wrong) -> None:
    with pytest.raises(ValidationError):
        form(**wrong)
