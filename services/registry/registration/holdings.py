"""Who holds a name, a person or a home region: in the register, in a case on its way there, in a change or a transfer that is not done.

Each of these is strict alone: the database keeps its claims distinct. Between them the rule is *held first, checked later*: whoever
wants a name writes his claim down in the record he opens, and a later command, the one that decides, looks at all of them. Of two
who want the same, at least the one who is decided last sees the other (docs/decisions/0009).
"""

from services.registry.associations.association import LIVING, associations
from services.registry.registration.naming import Taken, home_key, name_claim
from shared.district import District
from shared.record import Read


async def held_by_others(
    read: Read, district: District, *, name: str | None = None, person: str | None = None, home_region: str | None = None, own: str = ""
) -> Taken:
    """What stands against a name in this district, a person, a home region. `own` is the id of the case, change or transfer that
    asks, or the credit code of its association: what these hold is no obstacle."""
    from services.registry.registration.case import PENDING, cases  # they all ask here, and are all asked
    from services.registry.registration.change_case import CHANGING, change_cases
    from services.registry.registration.transfer import MOVING, transfers

    mine = {own} if own else set[str]()
    names, represents, of_home = list[tuple[str, str]](), list[str](), list[str]()
    if name is not None or home_region is not None:
        peers = [a for a in await read.find(associations, district=district, stage=LIVING) if a.uscc not in mine]
        names += [(a.name, a.uscc) for a in peers]
        of_home += [a.uscc for a in peers if home_region and a.home_region and home_key(a.home_region) == home_key(home_region)]
    if name is not None:
        names += [(c.name, c.id) for c in await read.find(cases, district=district, stage=PENDING) if c.id not in mine]
        claim = name_claim(name, district)
        names += [(c.name, c.id) for c in await read.find(cases, name_claim=claim) if not mine & {c.id, c.uscc}]
        wanted = [*await read.find(change_cases, district=district, stage=CHANGING), *await read.find(change_cases, name_claim=claim)]
        names += [(c.proposed.name, c.id) for c in wanted if c.proposed.name and c.name_claim and not mine & {c.id, c.association}]
        names += [(t.name, t.id) for t in await read.find(transfers, name_claim=claim, stage=MOVING) if not mine & {t.id, t.association}]
    if person is not None:
        represents += [a.uscc for a in await read.find(associations, legal_claim=person) if a.uscc not in mine]
        represents += [c.id for c in await read.find(cases, legal_claim=person) if not mine & {c.id, c.uscc}]
        represents += [c.id for c in await read.find(change_cases, legal_claim=person) if not mine & {c.id, c.association}]
    if home_region is not None:
        of_home += [c.id for c in await read.find(cases, home_claim=f"{district}~{home_key(home_region)}") if not mine & {c.id, c.uscc}]
    return Taken(names=tuple(dict.fromkeys(names)), represents=tuple(dict.fromkeys(represents)), of_home=tuple(dict.fromkeys(of_home)))
