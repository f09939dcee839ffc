"""How an association stands, read from its profile: what admission to a cluster looks at. Domain §5.4."""

from typing import Any

from shared.record import Call, Read, Refused, Value


class Standing(Value):
    """In the register and working; warned or barred; its grade, members, and the development lists it is on (R50)."""

    known: bool = False
    name: str = ""
    active: bool = False
    serious: bool = False
    grade: str | None = None
    members: int = 0
    lists: tuple[str, ...] = ()

    def must_be_admissible(self) -> None:
        """Raises: Refused for an association that is not at work, or is on the list of serious violations."""
        if not self.known or not self.active:
            raise Refused("not_active", "only an association at work is admitted", "仅限正常开展活动的协会商会")
        if self.serious:
            raise Refused("seriously_unlawful", "it is on the list of serious violations", "已列入严重违法失信名单")


async def standing_of(read: Read, call: Call, record: Any, body: Any) -> Standing:
    """Of the record's association, or of the one that asks; nothing is known of an organisation without a profile."""
    association = record.association if record else call.organisation
    rows = await read.rows("profiles", _id=association) if association else []
    for row in rows:
        if row.get("kind") == "ASSOCIATION":
            return Standing(
                known=True, name=row.get("name", ""), active=row.get("active", True), serious=row.get("serious", False),
                grade=row.get("grade"), members=max(0, row.get("members", 0)), lists=tuple(sorted(set(row.get("development", {}).values()))),
            )  # fmt: skip
    return Standing()
