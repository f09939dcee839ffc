from datetime import date

from services.matchmaking.matching.offer import AssociationEnded, expire, offers, publish, renew, withdraw, withdraw_for_ended
from services.matchmaking.matching.rules import matching_rules
from services.matchmaking.matching.statement import StatementForm
from tests.matchmaking.samples import LOGISTICS, NOON, call, on, refused

RULES = matching_rules().in_force(NOON.date(), "MATCHING")
COLD_CHAIN = StatementForm(
    subject="TECHNOLOGY", title="冷链航空物流培训", text="每季一期，面向会员与非会员的冷链操作员", topics=("冷链物流", "职业培训")
)


def test_an_association_offers_for_a_year_of_training() -> None:
    offer = offers.open(publish(call(), COLD_CHAIN, RULES), "o1")
    assert (offer.stage, offer.owner, offer.owner_kind, offer.expires_on) == ("OPEN", LOGISTICS, "ASSOCIATION", date(2027, 3, 9))


def test_an_offer_without_content_waits_for_an_officer_and_contacts_are_refused() -> None:
    assert (
        offers.open(
            publish(call(), COLD_CHAIN.model_copy(update={"title": "服务", "text": "提供优质服务", "topics": ("服务",)}), RULES), "o"
        ).stage
        == "REVIEW"
    )
    with refused("contact_in_text"):
        publish(call(), COLD_CHAIN.model_copy(update={"topics": ("13800001234",)}), RULES)


def test_an_expired_offer_is_renewed_by_its_owner() -> None:
    offer = offers.open(publish(call(), COLD_CHAIN, RULES), "o1")
    gone = on(offers, offer, expire(offer, call("CLOCK")))
    assert gone.stage == "EXPIRED"
    assert on(offers, gone, renew(gone, call(), RULES)).stage == "OPEN"


def test_it_ends_with_its_owner_or_by_its_will() -> None:
    offer = offers.open(publish(call(), COLD_CHAIN, RULES), "o1")
    assert on(offers, offer, withdraw(offer, call(), "停办")).stage == "WITHDRAWN"
    gone = withdraw_for_ended(offer, call("PLATFORM"), AssociationEnded(uscc=LOGISTICS))
    assert on(offers, offer, gone).stage == "WITHDRAWN"
