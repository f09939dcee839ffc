"""What an event promised once it promises for ever: the gate between a committed schema and the one about to replace it.

Compatibility FULL_TRANSITIVE (engineering §4): readers of yesterday read events of today, and readers of today read the whole
history. Within a major only new optional properties and new enum values may come; readers take enums as plain strings. Since
every step is held to this, any two versions of a schema fit each other. Anything else is a new event, or the next major.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from pydantic import BaseModel

from shared.record import Event, private

Schema = Mapping[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
LOWER, UPPER = ("minimum", "exclusiveMinimum", "minLength", "minItems"), ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def schema_of(model: type[BaseModel], title: str = "", identity: str = "") -> dict[str, Any]:
    """The schema of what is told: without private fields, with every part in its place, open to what may be added later.

    Raises: TypeError for a model that contains itself."""
    raw = model.model_json_schema(mode="validation", by_alias=False)  # events are told by field name
    hidden = private(model)
    plain = _inline({k: v for k, v in raw.items() if k != "$defs"}, raw.get("$defs", {}), ())
    properties = {n: p for n, p in plain.get("properties", {}).items() if n not in hidden}
    required = sorted(n for n in plain.get("required", ()) if n not in hidden)
    head = {"$schema": DIALECT, "$id": identity, "title": title} if identity else {}
    return {**head, "type": "object", "properties": properties, **({"required": required} if required else {})}


def schema_of_event(type_: str, event: type[Event], title: str) -> dict[str, Any]:
    return schema_of(event, title, f"urn:guildhall:event:{type_}")


def _inline(node: Any, parts: Mapping[str, Any], above: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(n, parts, above) for n in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        if name in above:
            raise TypeError(f"{name} contains itself: no reader can be promised where it ends")
        return _inline({**parts[name], **{k: v for k, v in node.items() if k != "$ref"}}, parts, (*above, name))
    kept = {k: v for k, v in node.items() if k not in ("title", "default") and not (k == "additionalProperties" and v is False)}
    inner = {
        k: {n: _inline(p, parts, above) for n, p in v.items()} if k == "properties" else _inline(v, parts, above) for k, v in kept.items()
    }
    if "required" in inner:
        inner["required"] = sorted(inner["required"])
    return inner


def incompatibilities(old: Schema, new: Schema, where: str = "") -> Iterator[str]:
    """Every way in which `new` breaks what `old` promised, as a sentence beginning with the place."""
    here = where or "the event"
    variants = _variants(old), _variants(new)
    if any(len(v) > 1 for v in variants):
        if variants[0].keys() != variants[1].keys():
            yield f"{here} was {_list(variants[0])} and is {_list(variants[1])}"
        for key in variants[0].keys() & variants[1].keys():
            yield from incompatibilities(variants[0][key], variants[1][key], where)
        return
    if _sort(old) != _sort(new):
        yield f"{here} was {_sort(old)} and is {_sort(new)}"
        return
    for value in sorted(_values(old) - _values(new), key=str) if _values(new) else ():
        yield f"{here} may no longer be {value}"
    if not _values(old) and _values(new):
        yield f"{here} was free and is now one of a few"
    yield from _narrower(old, new, here)
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, part in before.items():
        place = f"{where}.{name}" if where else name
        if name not in after:
            yield f"{place} is gone (removed or renamed)"
        else:
            yield from incompatibilities(part, after[name], place)
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(needs - needed):
        yield f"{where + '.' if where else ''}{name} is required and was not"
    for name in sorted((needed - needs) & set(after)):
        yield f"{where + '.' if where else ''}{name} was always there and may now be missing"
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), Mapping) and isinstance(new.get(key), Mapping):
            yield from incompatibilities(old[key], new[key], f"{here}[]")
    if len(old.get("prefixItems", ())) != len(new.get("prefixItems", ())):
        yield f"{here} had {len(old.get('prefixItems', ()))} places and has {len(new.get('prefixItems', ()))}"
    for n, (a, b) in enumerate(zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)):
        yield from incompatibilities(a, b, f"{here}[{n}]")


def _narrower(old: Schema, new: Schema, here: str) -> Iterator[str]:
    for key in LOWER:
        if key in new and (key not in old or new[key] > old[key]):
            yield f"{here}: {key} was {old.get(key, 'open')} and is {new[key]}"
    for key in UPPER:
        if key in new and (key not in old or new[key] < old[key]):
            yield f"{here}: {key} was {old.get(key, 'open')} and is {new[key]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{here}: its pattern is another"


def _variants(schema: Schema) -> dict[str, Schema]:
    many = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return {_sort(s) if not s.get("properties") else f"{_sort(s)} {'/'.join(sorted(s['properties'])[:1])}": s for s in many}


def _sort(schema: Schema) -> str:
    fallback = next((type(v).__name__ for v in _values(schema)), "anything")
    return f"{schema.get('type', fallback)}{' ' + schema['format'] if 'format' in schema else ''}"


def _values(schema: Schema) -> Set[Any]:
    return {schema["const"]} if "const" in schema else set(schema.get("enum", ()))


def _list(variants: Mapping[str, Schema]) -> str:
    return " or ".join(sorted(variants))


def breaches(committed: Mapping[str, Schema], current: Mapping[str, Schema], retired: Set[str] = frozenset()) -> list[str]:
    """Every promise that the current schemas break; `retired` are majors told no more but still read from the history."""
    gone = [
        f"{type_}: nobody tells it any more, and nobody reads it from the history"
        for type_ in sorted(committed.keys() - current.keys() - retired)
    ]
    return gone + [f"{t}: {how}" for t in sorted(committed.keys() & current.keys()) for how in incompatibilities(committed[t], current[t])]
