"""What members and departments say of an association [社会评价], as it is entered in the case (domain §4.5 step 6; table 4.1, 4.3, 4.4)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.evaluation.facts.derived import ratio_text
from services.evaluation.facts.fact import Fact, Scalar
from services.evaluation.rulebook.satisfaction import OVERALL, Answers, index_of, is_valid
from shared.record import Line, Malformed, Value

Opinion = Annotated[int, Field(ge=0, le=100, description="points out of 100")]
Headcount = Annotated[int, Field(ge=0, le=1_000_000)]


class Survey(Value):
    """The count of the answers of one satisfaction survey; never who said what."""

    members: Annotated[int, Field(ge=1, le=100_000)]
    respondents: Annotated[int, Field(ge=0, le=100_000)]
    answers: Annotated[tuple[Answers, ...], Field(min_length=1, max_length=10)]


class Coverage(Value):
    """Member enterprises among all enterprises of the scope in the territory; a figure of the register, with source and day."""

    members: Headcount
    universe: Annotated[int, Field(ge=1, le=100_000_000)]
    source: Line
    dated: date


class Opinions(Value):
    """What the departments say; one that was not heard stays empty."""

    registration: Opinion | None = None
    industry: Opinion | None = None
    party: Opinion | None = None


class SocialEvaluation(Value):
    """Social evaluation: survey, coverage, departments, and what the Party-work body says of the organisation."""

    survey: Survey | None = None
    coverage: Coverage | None = None
    opinions: Opinions = Opinions()
    party_status: Literal["ORGANISATION", "INSTRUCTOR", "LIAISON", "NONE"]


def checked(entered: SocialEvaluation, today: date) -> SocialEvaluation:
    """Raises: Malformed for figures that cannot be."""
    if survey := entered.survey:
        if survey.respondents > survey.members or any(sum(a.counts) > survey.respondents for a in survey.answers):
            raise Malformed("more_answers_than_members", "more answers than there were to ask", "答卷数超过会员数", pointer="/survey")
        if len({a.question for a in survey.answers}) < len(survey.answers) or all(a.question != OVERALL for a in survey.answers):
            raise Malformed(
                "questions_wrong", "each question once, the overall one among them", "题目重复或缺少总体评价", pointer="/survey/answers"
            )
    if entered.coverage and entered.coverage.members > entered.coverage.universe:
        raise Malformed("coverage_above_all", "more members than enterprises", "会员企业数超过行业企业总数", pointer="/coverage")
    if entered.coverage and entered.coverage.dated > today:
        raise Malformed("in_the_future", "the figure is dated in the future", "数据日期晚于今日", pointer="/coverage/dated")
    return entered


def facts_entered(entered: SocialEvaluation, today: date) -> tuple[Fact, ...]:
    """The case's own facts, as the formulas read them."""
    values: dict[str, Scalar] = {"party.status": entered.party_status}
    if survey := entered.survey:
        index = index_of(survey.answers)
        values |= {"csi.valid": index is not None and is_valid(survey.respondents, survey.members)}
        values |= {"csi": ratio_text(index)} if index is not None else {}
    if coverage := entered.coverage:
        values |= {"coverage.members": coverage.members, "coverage.universe": coverage.universe}
    heard = {"registration": entered.opinions.registration, "industry": entered.opinions.industry, "party": entered.opinions.party}
    values |= {f"authority.{who}": said for who, said in heard.items() if said is not None}
    return tuple(Fact(key=key, year=today.year, value=value, sources=("case",), events=1) for key, value in values.items())
