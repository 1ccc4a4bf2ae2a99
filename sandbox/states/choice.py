"""The rules of a Choice state."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.states import paths as asl_paths

Test = Callable[[Any, Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_timestamp(value: Any) -> bool:
    """A time with a zone: without one, nobody knows which hour is meant."""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _of_times(test: Test) -> Test:
    return lambda a, b: test(datetime.fromisoformat(a), datetime.fromisoformat(b))


ORDERS: Mapping[str, Test] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARED: Mapping[str, tuple[Callable[[Any], bool], Test]] = {
    **{f"String{order}": (_text, test) for order, test in ORDERS.items()},
    **{f"Numeric{order}": (_number, test) for order, test in ORDERS.items()},
    **{f"Timestamp{order}": (is_timestamp, _of_times(test)) for order, test in ORDERS.items()},
    "BooleanEquals": (_truth, operator.eq),
}
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": _text,
    "IsNumeric": _number,
    "IsBoolean": _truth,
    "IsTimestamp": is_timestamp,
}
GROUPS = ("And", "Or")


def check_rule(rule: Any, top: bool) -> str | None:
    """What is wrong with a rule, or None. Only rules at the top lead to a state."""
    if not isinstance(rule, dict):
        return "expected a rule"
    if ("Next" in rule) != top:
        return "a rule at the top has Next, one inside And, Or or Not has none"
    tests = [field for field in rule if field not in ("Next", "Comment", "Variable")]
    if len(tests) != 1:
        return f"a rule makes one comparison, this one {len(tests)}"
    return _check_test(tests[0], rule)


def _check_test(test: str, rule: Mapping[str, Any]) -> str | None:
    if test in GROUPS:
        inside = rule[test] if isinstance(rule[test], list) and rule[test] else [None]
        return next((problem for each in inside if (problem := check_rule(each, top=False))), None)
    if test == "Not":
        return check_rule(rule["Not"], top=False)
    if problem := asl_paths.fault(rule.get("Variable")):
        return f"Variable: {problem}"
    if test in KINDS or test == "IsPresent":
        return None if isinstance(rule[test], bool) else f"{test}: expected true or false"
    if test.removesuffix("Path") in COMPARED and test.endswith("Path"):
        return asl_paths.fault(rule[test])
    if test not in COMPARED:
        return f"{test} is not a comparison that the sandbox knows"
    return None if COMPARED[test][0](rule[test]) else f"{test}: {rule[test]!r} is of another kind"


def holds(rule: Mapping[str, Any], data: Any, context: Any) -> bool:
    """Whether a rule is met. PathMissing where a variable is not there, as AWS fails (`States.Runtime`)."""
    if "And" in rule:
        return all(holds(each, data, context) for each in rule["And"])
    if "Or" in rule:
        return any(holds(each, data, context) for each in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data, context)
    test = next(field for field in rule if field not in ("Next", "Comment", "Variable"))
    if test == "IsPresent":
        return _present(rule["Variable"], data, context) is rule[test]
    value = asl_paths.read(rule["Variable"], data, context)
    if test in KINDS:
        return KINDS[test](value) is rule[test]
    if test.endswith("Path"):
        return _compared(test.removesuffix("Path"), value, asl_paths.read(rule[test], data, context))
    return _compared(test, value, rule[test])


def _compared(test: str, value: Any, other: Any) -> bool:
    fits, compare = COMPARED[test]
    return fits(value) and fits(other) and compare(value, other)


def _present(path: str, data: Any, context: Any) -> bool:
    try:
        asl_paths.read(path, data, context)
    except asl_paths.PathMissing:
        return False
    return True
