"""DynamoDB's expressions, as far as a store of ours needs them: conditions, and updates by SET and REMOVE.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from sandbox.cloud.refused import Refused

Typed = Mapping[str, Any]
"""A value as DynamoDB has it on the wire: `{"S": "text"}`, `{"N": "1"}`, `{"B": b"bytes"}`."""
Attributes = Mapping[str, Typed]
Condition = Callable[[Attributes, Attributes], bool]
"""Given an item's attributes and the expression's values: does it hold?"""

TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),]|:?[A-Za-z_]\w*)")
COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
PARTS = re.compile(r"\b(SET|REMOVE)\b")
ASSIGNED = re.compile(r"\s*(\w+)\s*=\s*(?:(\w+)\s*\+\s*)?(:\w+)\s*$")


@cache
def condition(text: str) -> Condition:
    """Raises Refused at what is not the language, or is a part of it that we do not speak."""
    words = TOKEN.findall(text)
    if "".join(words) != re.sub(r"\s+", "", text):
        raise _invalid(text)
    parsed, left = _any(words, text)
    if left:
        raise _invalid(text)
    return parsed


def updated(item: Attributes, expression: str, values: Attributes) -> dict[str, Typed]:
    """The item after an update. Every part looks at the item as it was before."""
    changed = dict(item)
    _, *parts = PARTS.split(expression)
    for kind, text in zip(parts[::2], parts[1::2], strict=True):
        for part in text.split(","):
            if kind == "REMOVE":
                changed.pop(part.strip(), None)
            else:
                name, value = _assigned(part, item, values)
                changed[name] = value
    return changed


def _assigned(part: str, item: Attributes, values: Attributes) -> tuple[str, Typed]:
    found = ASSIGNED.match(part)
    if found is None:
        raise _invalid(part)
    name, base, value = found.groups()
    if base is None:
        return name, values[value]
    if "N" not in item.get(base, {}):
        raise Refused("ValidationException", f"the attribute {base} is no number to add to")
    return name, {"N": str(Decimal(item[base]["N"]) + Decimal(values[value]["N"]))}


def comparable(value: Typed) -> Any:
    """What DynamoDB compares: numbers as numbers, text and bytes as bytes."""
    ((kind, plain),) = value.items()
    if kind == "N":
        return Decimal(plain)
    return plain.encode() if isinstance(plain, str) else plain


def _any(words: list[str], text: str) -> tuple[Condition, list[str]]:
    first, words = _all(words, text)
    if words[:1] != ["OR"]:
        return first, words
    second, words = _any(words[1:], text)
    return (lambda item, values: first(item, values) or second(item, values)), words


def _all(words: list[str], text: str) -> tuple[Condition, list[str]]:
    first, words = _one(words, text)
    if words[:1] != ["AND"]:
        return first, words
    second, words = _all(words[1:], text)
    return (lambda item, values: first(item, values) and second(item, values)), words


def _one(words: list[str], text: str) -> tuple[Condition, list[str]]:
    match words:
        case ["(", *rest]:
            inner, rest = _any(rest, text)
            if rest[:1] != [")"]:
                raise _invalid(text)
            return inner, rest[1:]
        case ["attribute_not_exists", "(", name, ")", *rest]:
            return (lambda item, values: name not in item), rest
        case ["attribute_exists", "(", name, ")", *rest]:
            return (lambda item, values: name in item), rest
        case ["begins_with", "(", name, ",", start, ")", *rest]:
            return (lambda item, values: _begins(item.get(name), values[start])), rest
        case [name, compare, value, *rest] if compare in COMPARES and value.startswith(":"):
            return (lambda item, values: _compared(item.get(name), compare, values[value])), rest
    raise _invalid(text)


def _begins(known: Typed | None, start: Typed) -> bool:
    return (
        known is not None and known.keys() == start.keys() and comparable(known).startswith(comparable(start))
    )


def _compared(known: Typed | None, compare: str, value: Typed) -> bool:
    if known is None or known.keys() != value.keys():
        return compare == "<>"  # absent, or of another type: not equal, and nothing else
    return COMPARES[compare](comparable(known), comparable(value))


def _invalid(text: str) -> Refused:
    return Refused(
        "ValidationException", f"Invalid expression, or one that the sandbox does not speak: {text}"
    )
