"""Which changes of a released schema break somebody: the rule of schemas/README.md as code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]

ANNOTATIONS = frozenset({"title", "description", "examples", "$comment", "deprecated", "$defs"})
LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
EITHER = frozenset({"anyOf", "oneOf"})
HANDLED = frozenset(
    {"$ref", "type", "enum", "required", "properties", "items", "prefixItems", "allOf"}
    | LOWER | UPPER | EITHER | ANNOTATIONS
)  # fmt: skip
ALL_TYPES = frozenset({"string", "number", "integer", "boolean", "null", "object", "array"})


@dataclass(frozen=True, slots=True)
class Pair:
    """The same place in the released and in the working schema."""

    old: Node
    new: Node
    path: str

    def at(self, old: Any, new: Any, step: str) -> "Pair":
        """The pair one step further in; `true` and `false` as schemas."""
        return Pair(_node(old), _node(new), f"{self.path}/{step}")


def breaking_changes(old: Node, new: Node, *, accepted: bool) -> list[str]:
    """What in `new` breaks the contract `old`, each with its JSON path; empty if nothing.

    A record that `old` allowed must be allowed still. Unless `accepted` (others write it, we
    read it), the reverse holds too, for who reads by `old`: nothing becomes wider, but optional
    properties and members of a closed list may be added.
    """
    return list(_Comparison(old, new, accepted=accepted).problems(Pair(old, new, "#")))


def _node(schema: Any) -> Node:
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    found: Node = schema
    return found


def _types(node: Node) -> frozenset[str]:
    kind = node.get("type")
    if kind is None:
        return ALL_TYPES
    kinds = {kind} if isinstance(kind, str) else set(kind)
    return frozenset(kinds | {"integer"} if "number" in kinds else kinds)


class _Comparison:
    def __init__(self, old: Node, new: Node, *, accepted: bool) -> None:
        self._old, self._new, self._accepted = old, new, accepted
        self._seen: set[tuple[str, str]] = set()

    def problems(self, pair: Pair) -> Iterator[str]:
        """Breaking changes at the pair and below it."""
        refs = (pair.old.get("$ref", ""), pair.new.get("$ref", ""))
        if any(refs):
            if refs in self._seen:
                return
            self._seen.add(refs)
            pair = Pair(_resolved(pair.old, self._old), _resolved(pair.new, self._new), pair.path)
        yield from self._values(pair)
        yield from self._bounds(pair)
        yield from self._object(pair)
        yield from self._inside(pair)

    def _change(self, pair: Pair, *, narrower: bool, what: str) -> Iterator[str]:
        if narrower or not self._accepted:
            yield f"{pair.path}: {what}"

    def _values(self, pair: Pair) -> Iterator[str]:
        before, after = _types(pair.old), _types(pair.new)
        for kind in sorted(before - after):
            yield from self._change(pair, narrower=True, what=f"type {kind} removed")
        for kind in sorted(after - before):
            yield from self._change(pair, narrower=False, what=f"type {kind} added")
        if "enum" not in pair.old and "enum" not in pair.new:
            return
        if "enum" not in pair.old:
            yield from self._change(pair, narrower=True, what="became a closed list")
        elif "enum" not in pair.new:
            yield from self._change(pair, narrower=False, what="is a closed list no more")
        else:
            gone = [value for value in pair.old["enum"] if value not in pair.new["enum"]]
            for value in gone:
                yield from self._change(pair, narrower=True, what=f"{value!r} left the list")

    def _bounds(self, pair: Pair) -> Iterator[str]:
        for word in sorted(LOWER | UPPER):
            before, after = pair.old.get(word), pair.new.get(word)
            if before != after:
                tighter = before is None or (
                    after is not None and (after > before) == (word in LOWER)
                )
                what = f"{word} from {before} to {after}"
                yield from self._change(pair, narrower=tighter, what=what)
        for word in sorted((pair.old.keys() | pair.new.keys()) - HANDLED):
            before, after = pair.old.get(word), pair.new.get(word)
            if before != after:
                tighter = word in pair.new
                yield from self._change(pair, narrower=tighter, what=f"{word} changed")

    def _object(self, pair: Pair) -> Iterator[str]:
        before, after = set(pair.old.get("required", ())), set(pair.new.get("required", ()))
        for name in sorted(after - before):
            yield from self._change(pair, narrower=True, what=f"{name} became required")
        for name in sorted(before - after):
            yield from self._change(pair, narrower=False, what=f"{name} may be absent now")
        old, new = pair.old.get("properties", {}), pair.new.get("properties", {})
        for name, schema in old.items():
            if name in new:
                yield from self.problems(pair.at(schema, new[name], name))
            else:
                yield f"{pair.path}: property {name} removed"

    def _inside(self, pair: Pair) -> Iterator[str]:
        if "items" in pair.old or "items" in pair.new:
            items = (pair.old.get("items", True), pair.new.get("items", True))
            yield from self.problems(pair.at(*items, "items"))
        for word in ("prefixItems", "allOf", *sorted(EITHER)):
            yield from self._lists(pair, word)

    def _lists(self, pair: Pair, word: str) -> Iterator[str]:
        old: Sequence[Any] = pair.old.get(word, ())
        new: Sequence[Any] = pair.new.get(word, ())
        if len(old) != len(new):
            shorter = len(new) < len(old)
            narrower = not old or (bool(new) and shorter == (word in EITHER))
            yield from self._change(pair, narrower=narrower, what=f"{word} of other length")
        for number, (before, after) in enumerate(zip(old, new, strict=False)):
            yield from self.problems(pair.at(before, after, f"{word}/{number}"))


def _resolved(node: Node, document: Node) -> Node:
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = {**target, **{word: value for word, value in node.items() if word != "$ref"}}
    return node
