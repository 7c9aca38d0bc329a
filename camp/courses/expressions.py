"""Expressions in lessons and questions, computed without any way to the program around them.

>>> evaluate("softmax(s)[0] * 2", {"s": [1, 1]})
1.0

Two walls stand one behind the other: the parsed expression may consist of the few parts below and of nothing else
(no attributes, so no Python object can be reached), and simpleeval, which computes it, is given only those. Lengths,
depth, steps, powers and sizes are bounded, so an expression ends at once.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from simpleeval import EvalWithCompoundTypes, InvalidExpression, NameNotDefined

from camp.courses import source_yaml
from camp.courses.blocks import Unfit
from camp.courses.computations import FUNCTIONS, MOST_CELLS

MOST_CHARACTERS = 2_000
MOST_PARTS = 600
MOST_DEPTH = 40
MOST_BITS = 1_024  # of a whole number, so that it stays within a float64
MOST_TEXT = 2_000
CONSTANTS: Mapping[str, Any] = MappingProxyType(
    {"True": True, "False": False, "None": None, "pi": float(np.pi), "inf": float("inf")}
)
_PARTS = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Constant, ast.Name,
    ast.Load, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Slice, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip
_SAID = {
    ast.Attribute: "attributes (x.y)",
    ast.Lambda: "functions of their own (lambda)",
    ast.JoinedStr: 'texts with parts to fill in (f"…")',
    ast.Starred: "stars",
}


def evaluate(expression: str, names: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """The value of an expression: a number, a text, a list, an array, or the stages of `attention`.

    Args:
        expression: as docs/course.md has it.
        names: further names; what can be called becomes a function.

    Raises:
        Unfit: it is none, it asks for too much, or a function refuses what it is given.
    """
    tree = _parsed(expression)
    functions = {**FUNCTIONS, **{name: value for name, value in names.items() if callable(value)}}
    values = {**CONSTANTS, **{name: value for name, value in names.items() if not callable(value)}}
    try:
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            return _plain(_Evaluator(functions, values).eval(expression, previously_parsed=tree.body))
    except Unfit:
        raise
    except InvalidExpression as error:
        raise _refused(expression, _unknown(error, functions, values)) from error
    except ZeroDivisionError as error:
        raise _refused(expression, _("division by zero")) from error
    except FloatingPointError as error:
        raise _refused(expression, _("expected a finite number; got %(got)s") % {"got": error}) from error
    except (
        ArithmeticError,
        AssertionError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise _refused(expression, str(error) or type(error).__name__) from error


def defined(let: Mapping[str, Any], names: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """The values of names that are defined in order, each by an expression that may use the earlier ones.

    Raises:
        Unfit: one of them, named in the message, is no good.
    """
    known = dict(names)
    for name, expression in let.items():
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_") or name in CONSTANTS:
            raise Unfit(_("expected a name of letters, digits and _; got %(got)r") % {"got": name})
        try:
            known[name] = evaluate(str(expression), known)
        except Unfit as wrong:
            raise Unfit(f"{name}: {wrong.message}") from wrong
    return known


def is_bare_number(expression: str) -> bool:
    """Whether an expression computes nothing: it is a number as it stands."""
    try:
        node: ast.AST = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _parsed(expression: str) -> ast.Expression:
    if not isinstance(expression, str) or len(expression) > MOST_CHARACTERS:
        raise Unfit(_("expected an expression of at most %(most)d characters") % {"most": MOST_CHARACTERS})
    try:
        tree = ast.parse(" ".join(expression.split()), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise _refused(expression, _("this is no expression")) from error
    for count, (node, depth) in enumerate(_walk(tree), start=1):
        if count > MOST_PARTS or depth > MOST_DEPTH:
            most = {"parts": MOST_PARTS, "depth": MOST_DEPTH}
            problem = _("expected at most %(parts)d parts, %(depth)d deep") % most
            raise _refused(expression, problem)
        problem = _fault(node)
        if problem:
            raise _refused(expression, problem)
    return tree


def _walk(tree: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def _fault(node: ast.AST) -> str:
    if not isinstance(node, _PARTS):
        return _("there are no %(part)s here") % {"part": _SAID.get(type(node), type(node).__name__)}
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        return _("only a function's name can be called")
    if (isinstance(node, ast.keyword) and node.arg is None) or (
        isinstance(node, ast.Dict) and None in node.keys
    ):
        return _("there are no %(part)s here") % {"part": _SAID[ast.Starred]}
    if isinstance(node, ast.Name) and node.id.startswith("_"):
        return _("a name begins with a letter; got %(got)s") % {"got": node.id}
    if isinstance(node, ast.Constant):
        return _constant_fault(node.value)
    return ""


def _constant_fault(value: Any) -> str:
    if isinstance(value, (bool, float, type(None))):
        return ""
    if isinstance(value, int):
        return _too_large() if value.bit_length() > MOST_BITS else ""
    if not isinstance(value, str):
        return _("expected a number or a text; got %(got)s") % {"got": repr(value)[:40]}
    return _("expected a text without control characters") if source_yaml.UNFIT.search(value) else ""


def _refused(expression: str, problem: str) -> Unfit:
    shown = " ".join(str(expression).split())
    return Unfit(_("“%(expression)s”: %(problem)s") % {"expression": shown[:120], "problem": problem[:400]})


def _unknown(error: InvalidExpression, functions: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    name = getattr(error, "func_name", None)
    if name is not None:
        return _("there is no function %(name)s; there are %(known)s") % {
            "name": name,
            "known": ", ".join(functions),
        }
    name = getattr(error, "name", None)
    if name is not None:
        return _("there is no name %(name)s; there are %(known)s") % {
            "name": name,
            "known": ", ".join(values),
        }
    return str(error)


def _too_large() -> str:
    return _("a whole number of more than %(most)d bits") % {"most": MOST_BITS}


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays without axes as Python's, so that all that reads a value knows what it may be."""
    if isinstance(value, (np.ndarray, np.generic)) and np.ndim(value) == 0:
        return value.item()
    if isinstance(value, np.ndarray) and value.size > MOST_CELLS:
        raise ValueError(
            _("expected at most %(most)d cells; got %(got)d") % {"most": MOST_CELLS, "got": value.size}
        )
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (list, tuple, dict)) and _is_beyond(MOST_CELLS, value):
        raise ValueError(_("expected at most %(most)d cells; got more") % {"most": MOST_CELLS})
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ValueError(_too_large())
    if isinstance(value, complex):
        raise ValueError(_("the result is not a real number"))
    return value


def _is_beyond(most: int, value: Any) -> bool:
    """Whether lists in lists unfold to more than so many cells; looked through no further than that."""
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            one = list(one.values())
        cells = len(one) if isinstance(one, (list, tuple)) else getattr(one, "size", 1)
        count += max(cells, 1)
        if count > most:
            return True
        if isinstance(one, (list, tuple)):
            waiting.extend(each for each in one if isinstance(each, (list, tuple, dict, np.ndarray)))
    return False


def _checked(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Arithmetic on numbers and arrays alone, broadcast to no more than may be."""

    def computed(a: Any, b: Any) -> Any:
        for one in (a, b):
            if not isinstance(one, (bool, int, float, np.ndarray, np.generic)):
                kind = type(one).__name__
                raise TypeError(_("expected numbers or arrays: array([…]); got %(got)s") % {"got": kind})
        shape = np.broadcast_shapes(np.shape(a), np.shape(b))
        if np.prod(shape, dtype=float) > MOST_CELLS:
            raise ValueError(
                _("expected at most %(most)d cells; got %(got)d")
                % {"most": MOST_CELLS, "got": np.prod(shape)}
            )
        return _plain(compute(a, b))

    return computed


def _add(a: Any, b: Any) -> Any:
    if type(a) is type(b) and isinstance(a, (str, list)):
        if len(a) + len(b) > MOST_TEXT:
            raise ValueError(_("expected at most %(most)d characters or items") % {"most": MOST_TEXT})
        return a + b
    return _checked(operator.add)(a, b)


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and b > 0 and a.bit_length() * b > MOST_BITS:
        raise ValueError(_too_large())
    return _checked(operator.pow)(a, b)


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Of numbers, texts, or lists and arrays as a whole: one answer, never an array of them."""

    def compared(a: Any, b: Any) -> bool:
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            return bool(np.all(_checked(compare)(np.asarray(a), np.asarray(b))))
        return bool(compare(a, b))

    return compared


def _negated(value: Any) -> Any:
    return _checked(operator.mul)(-1, value)


class _Evaluator(EvalWithCompoundTypes):
    """simpleeval with the parts of `_PARTS` and nothing more."""

    def __init__(self, functions: Mapping[str, Any], names: Mapping[str, Any]) -> None:
        self.nodes: dict[type[ast.AST], Callable[[Any], Any]] = {}
        super().__init__(operators=_OPERATORS, functions=dict(functions), names=dict(names))
        self.functions = dict(functions)  # without the list, tuple, dict and set that it adds
        self.nodes = {part: handler for part, handler in self.nodes.items() if part in _PARTS}
        self.ATTR_INDEX_FALLBACK = False

    def _eval_name(self, node: ast.Name) -> Any:
        """simpleeval would give a function for its name."""
        if node.id not in self.names:
            raise NameNotDefined(node.id, self.expr)
        return self.names[node.id]

    def _eval_subscript(self, node: ast.Subscript) -> Any:
        container, place = self._eval(node.value), self._eval(node.slice)
        if not isinstance(container, (str, list, tuple, dict, np.ndarray)):
            raise TypeError(
                _("expected a list or an array before [ ]; got %(got)s") % {"got": type(container).__name__}
            )
        if isinstance(container, dict) and place not in container:
            known = ", ".join(map(str, container))
            raise LookupError(
                _("expected one of %(known)s in [ ]; got %(got)r") % {"known": known, "got": place}
            )
        return _plain(container[place])


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _add, ast.Sub: _checked(operator.sub), ast.Mult: _checked(operator.mul),
    ast.Div: _checked(operator.truediv), ast.Pow: _power, ast.USub: _negated, ast.UAdd: lambda value: value,
    ast.Not: operator.not_, ast.Eq: _compared(operator.eq), ast.NotEq: _compared(operator.ne),
    ast.Lt: _compared(operator.lt), ast.LtE: _compared(operator.le), ast.Gt: _compared(operator.gt),
    ast.GtE: _compared(operator.ge),
}  # fmt: skip
