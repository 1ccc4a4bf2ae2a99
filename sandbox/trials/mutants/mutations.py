"""Small changes of a Python source, each of which makes another program: what a careless hand might do.

A comparison by one, or the other way round; a condition dropped or turned; `and` for `or`; a number by one; a
word by a letter; arithmetic the other way; `min` for `max`; an argument, an effect or a result left out.
What is not decided on is left alone: annotations, docstrings, assertions, the words of an exception.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.Assert, ast.Raise, ast.Pass, ast.Global)
Place = tuple[ast.AST, str, int | None]  # a parent, its field, and where in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """`function`: the outermost one that holds it, as `Class.method`; '' at the top level."""

    file: str
    number: int
    line: int
    last_line: int
    function: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """Without line numbers, so that it stays when lines move."""
        return f"{self.file}:{self.function or '<top>'}: {self.before} -> {self.after}"


@dataclass(slots=True)
class _Finding:
    """One change that can be made to a tree, and how."""

    place: Place
    node: ast.AST
    new: ast.AST | None
    function: str


def mutations(file: str, source: str) -> list[Mutation]:
    """Every change of a source, in the order in which it is written."""
    found = []
    for number, finding in enumerate(_findings(ast.parse(source))):
        found.append(
            Mutation(
                file=file,
                number=number,
                line=getattr(finding.node, "lineno", 0),
                last_line=getattr(finding.node, "end_lineno", 0),
                function=finding.function,
                before=_shown(finding.node),
                after=_shown(finding.new) if finding.new is not None else "(left out)",
            )
        )
    return _numbered(found)


def _numbered(found: Sequence[Mutation]) -> list[Mutation]:
    """The second of the same in one function says so."""
    seen: dict[str, int] = {}
    named = []
    for one in found:
        seen[one.name] = seen.get(one.name, 0) + 1
        times = f" (#{seen[one.name]})" if seen[one.name] > 1 else ""
        named.append(replace(one, after=one.after + times))
    return named


def mutated(source: str, number: int) -> ast.Module:
    """The program with that change."""
    tree = ast.parse(source)
    finding = next(each for at, each in enumerate(_findings(tree)) if at == number)
    parent, name, index = finding.place
    if index is None:
        setattr(parent, name, finding.new)
    elif finding.new is None:
        del getattr(parent, name)[index]
    else:
        getattr(parent, name)[index] = finding.new
    return ast.fix_missing_locations(tree)


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:120]


def _findings(tree: ast.Module) -> Iterator[_Finding]:
    yield from _of_children(tree, "")


def _of_children(parent: ast.AST, function: str) -> Iterator[_Finding]:
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not isinstance(child, LEFT_ALONE):
                yield from _of_child((parent, name, index), child, function)


def _of_child(place: Place, node: ast.AST, function: str) -> Iterator[_Finding]:
    if _is_docstring(node):
        return
    for new in _changes(place, node):
        yield _Finding(place, node, new, function)
    yield from _of_children(node, _inside(place[0], node, function))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _inside(parent: ast.AST, node: ast.AST, function: str) -> str:
    """Which function's code holds what lies in this node. A class at the top is no function yet."""
    if isinstance(node, ast.ClassDef) and not function:
        return f"{node.name}."
    if isinstance(node, ast.FunctionDef) and (not function or function.endswith(".")):
        return function + node.name
    return function


def _changes(place: Place, node: ast.AST) -> Iterator[ast.AST | None]:
    changes = _BY_KIND.get(type(node))
    if changes is not None:
        yield from changes(node)
    parent, name, _ = place
    if isinstance(node, ast.expr) and name in ("test", "ifs"):
        yield from _turned(node)
    if isinstance(parent, ast.Call) and name == "keywords" and isinstance(node, ast.keyword) and node.arg:
        yield None


def _turned(node: ast.expr) -> Iterator[ast.AST]:
    simple = isinstance(node, ast.Compare) and len(node.ops) == 1
    if not simple and not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        yield ast.UnaryOp(op=ast.Not(), operand=copy.deepcopy(node))


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for at, operator in enumerate(node.ops):
        for other in COMPARED[type(operator)]:
            new = copy.deepcopy(node)
            new.ops[at] = other()
            yield new


def _bool(node: ast.BoolOp) -> Iterator[ast.AST]:
    new = copy.deepcopy(node)
    new.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    yield new
    for at in range(len(node.values)):
        left = [copy.deepcopy(each) for number, each in enumerate(node.values) if number != at]
        yield left[0] if len(left) == 1 else ast.BoolOp(op=copy.deepcopy(node.op), values=left)


def _not(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, (ast.Not, ast.USub)):
        yield copy.deepcopy(node.operand)


def _arithmetic(node: ast.BinOp) -> Iterator[ast.AST]:
    other = COUNTED.get(type(node.op))
    if other is not None:
        new = copy.deepcopy(node)
        new.op = other()
        yield new


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, (int, float)):
        yield ast.Constant(value=value + 1)
    elif isinstance(value, str):
        yield ast.Constant(value=value + "q")
    elif isinstance(value, bytes):
        yield ast.Constant(value=value + b"q")


def _call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in TWINS:
        new = copy.deepcopy(node)
        new.func = ast.Name(id=TWINS[node.func.id], ctx=ast.Load())
        yield new


def _subscript(node: ast.Subscript) -> Iterator[ast.AST]:
    if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield copy.deepcopy(node.value)


def _choice(node: ast.IfExp) -> Iterator[ast.AST]:
    yield copy.deepcopy(node.body)
    yield copy.deepcopy(node.orelse)


def _effect(node: ast.Expr) -> Iterator[ast.AST]:
    if not isinstance(node.value, (ast.Yield, ast.YieldFrom)):
        yield ast.Pass()


def _result(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(value=ast.Constant(value=None))


def _leap(_: ast.AST) -> Iterator[ast.AST]:
    yield ast.Pass()


_BY_KIND: dict[type[ast.AST], Callable[..., Iterator[ast.AST]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool,
    ast.UnaryOp: _not,
    ast.BinOp: _arithmetic,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.IfExp: _choice,
    ast.Expr: _effect,
    ast.Return: _result,
    ast.Continue: _leap,
    ast.AugAssign: _leap,
}
