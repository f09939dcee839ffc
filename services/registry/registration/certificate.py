"""Certificate and filings [发证、备案]: the last chapter of the registration case in `case.py` (art. 12, 16; domain §3.3)."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association, associations
from services.registry.registration.application import CertificateIssued, ClaimsReleased, FilingAccepted, RegistrationCompleted
from services.registry.registration.case import Case, Stage, cases
from services.registry.registration.regime import Filing
from services.registry.values import AUTHORITY, Affiliation, RegisteredItems
from shared.record import Call, Given, Heard, Malformed, Read, Refused, Value
from shared.uscc import AssociationUscc


class Certificate(Value):
    """The credit code of the certificate, and its date where a paper certificate is entered later; today if left out."""

    uscc: AssociationUscc
    registered_on: date | None = None


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str


class AssociationJurisdictionTransferred(Heard, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: str


async def holder_of_code(read: Read, call: Call, case: Case, body: Certificate) -> Association | None:
    """Given: who has this credit code already."""
    return await read.get(associations, body.uscc)


@cases.command(by=AUTHORITY, when="DECIDED")
def issue_certificate(
    case: Case, call: Call, form: Certificate, holder: Annotated[Association | None, Given(holder_of_code)]
) -> CertificateIssued:
    """Issue the certificate [发放登记证书]: with its credit code the association exists."""
    if holder:
        raise Refused("code_taken", "another association has this credit code", "该统一社会信用代码已被使用", pointer="/uscc")
    if form.registered_on and form.registered_on > call.today:
        raise Malformed("in_the_future", "a certificate is not dated in the future", "登记日期不能晚于今天", pointer="/registered_on")
    rule, items, given = case.regime, case.application, case.consent
    affiliation: Affiliation = "NONE" if given is None else "FIC" if given.role == "FIC" else "GOV_DEPT"
    first = given.role if given and rule.annual.first_review == "SUPERVISING_UNIT" else rule.annual.first_review
    consenting = given.role if given and rule.change.consent_role else None
    said: dict[str, Any] = {n: getattr(items, n) for n in RegisteredItems.model_fields if n in type(items).model_fields and n != "name"}
    return CertificateIssued(
        **said, uscc=form.uscc, name=case.name, registered_fund=case.registered_fund, registered_on=form.registered_on or call.today,
        supervising_unit=given.organisation if given else None, affiliation=affiliation, regime_code=rule.code, regime_version=rule.version,
        annual_mode=rule.annual.mode, annual_first_review=first, annual_first_due=rule.annual.first_due,
        annual_due=rule.annual.due, change_days=rule.change.days_after_consent, change_consent_role=consenting,
        plan=items.plan,
        post_actions=tuple(p.action for p in rule.post_actions if given and p.when_supervisor == given.role),
    )  # fmt: skip


@cases.command(by=AUTHORITY, when=("CERTIFIED", "FILINGS_PENDING"))
def file(
    case: Case, call: Call, filings: Annotated[tuple[Filing, ...], Field(min_length=1, max_length=3)]
) -> list[FilingAccepted | RegistrationCompleted]:
    """Take seal, bank account and officers on file [备案]; with the last of them the association is active."""
    if twice := sorted(set(filings) & set(case.filed)):
        raise Refused("already_on_file", f"on file already: {', '.join(twice)}", f"已备案：{'、'.join(twice)}", pointer="/filings")
    if len(set(filings)) < len(filings):
        raise Malformed("filed_twice", "each filing once", "备案事项重复", pointer="/filings")
    uscc, filed = case.uscc or "", case.filed
    events = list[FilingAccepted | RegistrationCompleted]()
    for filing in filings:
        filed = (*filed, filing)
        events.append(FilingAccepted(uscc=uscc, filing=filing, filed=filed))
    if set(case.regime.filings) <= set(filed):
        events.append(RegistrationCompleted(uscc=uscc, completed_on=call.today))
    return events


# ── what the register keeps from now on ───────────────────────────────────────────────────────────
REGISTERED: tuple[Stage, ...] = ("CERTIFIED", "FILINGS_PENDING", "ACTIVE")


@cases.on(AssociationChanged, when=REGISTERED, where=lambda e: {"uscc": e.uscc})
def leave_claims_to_register(case: Case, call: Call, event: AssociationChanged) -> ClaimsReleased | None:
    """Once the register has changed it alone holds name and representative."""
    return released(case, case.home_claim)


@cases.on(AssociationJurisdictionTransferred, when=REGISTERED, where=lambda e: {"uscc": e.uscc})
def leave_district(case: Case, call: Call, event: AssociationJurisdictionTransferred) -> ClaimsReleased | None:
    """The name is free in the district its association has left."""
    return released(case, None)


@cases.on(AssociationEnded, when=REGISTERED, where=lambda e: {"uscc": e.uscc})
def free_claims(case: Case, call: Call, event: AssociationEnded) -> ClaimsReleased | None:
    """A name is free when its association has ended: struck off, or its registration revoked."""
    return released(case, None)


def released(case: Case, home_claim: str | None) -> ClaimsReleased | None:
    if case.name_claim is None and case.legal_claim is None and case.home_claim == home_claim:
        return None
    return ClaimsReleased(uscc=case.uscc or "", home_claim=home_claim)
