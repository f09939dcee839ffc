"""What the register of the demo has seen change (R1, R2, R13; domain §3.3): one of each, none of which moves a figure of the report.

A chamber comes under the federation and joins it, a charter is approved, a transfer is declined, a merger is thought better of.
"""

from typing import TYPE_CHECKING

from deploy.demo.platform import Json, Who

if TYPE_CHECKING:
    from deploy.demo.data import Association
    from deploy.demo.load import Story

APPROVAL, FIC, KONGGANG = Who("REG_AUTHORITY", "dept:approval"), Who("FIC", "dept:fic"), Who("NEW_CITY", "dept:XX-KG", "XX-KG")
DONE = ("wrong_stage",)  # told before, when the story is resumed


def papers(a: "Association", *kinds: str) -> list[Json]:
    return [{"kind": kind, "document": f"{a.uscc}/{kind.lower()}.pdf"} for kind in kinds]


async def change_the_register(story: "Story") -> None:
    """On the day that is reached; whoever is interrupted finds what was there."""
    chamber = next(a for a in story.zone.associations if a.kind == "CHAMBER")
    area = [a for a in story.zone.associations if a.level == "NEW_AREA" and a.kind == "INDUSTRY_ASSOCIATION" and a.regime == "DIRECT"]
    steps = (join_federation(story, chamber), approve_charter(story, area[-1]), stay(story, area[-2]), stay_apart(story, *story.silent[:2]))
    await story.side_by_side("变更、章程、移交、合并 changes", steps)


async def opened(story: "Story", who: Who, path: str, body: Json, a: "Association") -> str:
    """Where the record is, newly opened or found."""
    there = await story.there(f"registry/{path}", lambda r: r["association"])
    return f"registry/{path}/{(there.get(a.uscc) or await story.tell(who, f'registry/{path}', body, a.uscc))['id']}"


async def join_federation(story: "Story", a: "Association") -> None:
    """The chamber resolves to come under the federation; nobody's consent is needed under direct registration."""
    me, items = Who("ASSOCIATION", a.uscc), {"supervising_unit": FIC.organisation, "affiliation": "FIC"}
    at = await opened(story, me, "change-cases", {"association": a.uscc, "items": items, "resolved_on": story.day(75)}, a)
    await story.tell(me, f"{at}:file", {"papers": papers(a, "APPLICATION", "COUNCIL_RESOLUTION", "CHANGE_TABLE")}, a.uscc, unless=DONE)
    await story.tell(APPROVAL, f"{at}:register", {}, a.uscc, unless=DONE)
    if not await story.there("registry/fic-memberships", lambda r: r["association"]):
        await story.tell(FIC, "registry/fic-memberships", {"association": a.uscc}, a.uscc, not_yet=("not_supervised_by_fic",))


async def approve_charter(story: "Story", a: "Association") -> None:
    """The assembly adopts another charter by two thirds of two thirds, and the authority approves it."""
    me, held = Who("ASSOCIATION", a.uscc), story.day(60)
    members = len(a.members)
    called = {"body": "GENERAL_ASSEMBLY", "held_on": held, "notice_on": story.day(40), "agenda": f"{a.uscc}/agenda.pdf"}
    meeting = await opened(story, me, "governing-meetings", called, a)
    vote = {"matter": "CHARTER", "in_favour": members, "secret": True}
    minutes = {
        "held_on": held,
        "members": members,
        "entitled": members,
        "present": members,
        "votes": [vote],
        "minutes": f"{a.uscc}/minutes.pdf",
    }
    await story.tell(me, f"{meeting}:hold", minutes, a.uscc, unless=DONE)
    at = await opened(story, me, "charters", {"text": f"{a.uscc}/charter.pdf"}, a)
    await story.tell(me, f"{at}:adopt", {"meeting": meeting.rpartition("/")[2]}, a.uscc, unless=DONE)
    await story.tell(me, f"{at}:submit", {}, a.uscc, unless=DONE)
    await story.tell(APPROVAL, f"{at}:approve", {}, a.uscc, unless=DONE)


async def stay(story: "Story", a: "Association") -> None:
    """The airport city does not take it over: its members are all over the area."""
    form = {
        "association": a.uscc,
        "level": "NEW_CITY",
        "district": "XX-KG",
        "reason": "拟按属地管理",
        "papers": papers(a, "HANDOVER_LIST", "FILES_INVENTORY"),
    }
    at = await opened(story, APPROVAL, "transfers", form, a)
    await story.tell(KONGGANG, f"{at}:decline", {"reason": "会员分布于全区"}, a.uscc, unless=DONE)


async def stay_apart(story: "Story", a: "Association", other: "Association") -> None:
    me = Who("ASSOCIATION", a.uscc)
    form = {"form": "MERGER", "association": a.uscc, "survivor": other.uscc, "resolved_on": story.day(75), "reason": "会员减少"}
    at = await opened(story, me, "reorganisations", form, a)
    await story.tell(me, f"{at}:withdraw", {"reason": "继续独立运行"}, a.uscc, unless=DONE)
