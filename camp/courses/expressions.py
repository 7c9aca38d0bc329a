"""Expressions in lessons and questions, computed without any way to the program around them.

>>> evaluate("softmax(s)[0] * 2", {"s": [1, 1]})
1.0

Two walls stand one behind the other: the parsed expression may consist of the few parts below and of nothing else
(no attributes, so no Python object can be reached), and simpleeval, which computes it, is given only those. Lengths,
depth, powers and sizes are bounded, and every step is paid for (camp.courses.allowance), so an expression ends at once.
"""

import ast
import math
import operator
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from simpleeval import EvalWithCompoundTypes, FunctionNotDefined, InvalidExpression, NameNotDefined

from camp.courses import allowance, source_yaml
from camp.courses.arguments import MOST_CELLS, Refusal, array, check_cells, check_shapes, kind_of
from camp.courses.blocks import Unfit
from camp.courses.computations import FUNCTIONS

_parsing = threading.Lock()
MOST_CHARACTERS = 2_000
MOST_PARTS = 600
MOST_DEPTH = 40
MOST_BITS = 1_024  # of a whole number, so that it stays within a float64
MOST_TEXT = 2_000
MOST_NAMES = 200
CONSTANTS: Mapping[str, Any] = MappingProxyType(
    {"True": True, "False": False, "None": None, "pi": float(np.pi), "inf": float("inf")}
)
_PARTS = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Constant, ast.Name,
    ast.Load, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Slice, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip
_SAID = {
    ast.Attribute: gettext_noop("attributes (x.y)"),
    ast.Lambda: gettext_noop("functions of their own (lambda)"),
    ast.JoinedStr: gettext_noop('texts with parts to fill in (f"…")'),
    ast.Starred: gettext_noop("stars"),
}
# All that NumPy and Python raise of what they are given; a fault of the camp's own code is none of them.
_FAULTS = (ArithmeticError, AssertionError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


def evaluate(expression: str, names: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """The value of an expression: a number, a text, a list, an array, or the stages of `attention`.

    Args:
        expression: as docs/course.md has it.
        names: further names; what can be called becomes a function.

    Raises:
        Unfit: it is none, it asks for too much, or a function refuses what it is given.
    """
    with allowance.shared():
        try:
            allowance.take(allowance.EXPRESSION)
            tree = _parsed(expression)
            functions = {**FUNCTIONS, **{name: value for name, value in names.items() if callable(value)}}
            values = {**CONSTANTS, **{name: value for name, value in names.items() if not callable(value)}}
            with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
                return _plain(_Evaluator(functions, values).eval(expression, previously_parsed=tree.body))
        except Unfit:
            raise
        except (Refusal, allowance.Exceeded) as error:
            raise _refused(expression, str(error)) from error
        except InvalidExpression as error:
            raise _refused(expression, _unknown(error, functions, values)) from error
        except _FAULTS as error:
            raise _refused(expression, _told(error)) from error


def defined(let: Mapping[str, Any], names: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """The values of names that are defined in order, each by an expression that may use the earlier ones.

    Raises:
        Unfit: one of them, named in the message, is no good.
    """
    known = dict(names)
    if len(let) > MOST_NAMES:
        raise Unfit(
            _("let: expected at most %(most)d names; got %(got)d") % {"most": MOST_NAMES, "got": len(let)}
        )
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
    if len(expression) > MOST_CHARACTERS:
        return False
    try:
        node: ast.AST = _tree(expression.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _tree(expression: str) -> ast.Expression:
    """One at a time: in Python 3.11 `ast` counts its depth for all threads together, and two at once may be refused
    with a SystemError.
    """
    with _parsing:
        return ast.parse(expression, mode="eval")


def _parsed(expression: str) -> ast.Expression:
    if not isinstance(expression, str) or len(expression) > MOST_CHARACTERS:
        raise Unfit(_("expected an expression of at most %(most)d characters") % {"most": MOST_CHARACTERS})
    try:
        tree = _tree(" ".join(expression.split()))
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
        return _("there are no %(part)s here") % {"part": _(_SAID.get(type(node), type(node).__name__))}
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        return _("only a function's name can be called")
    if (isinstance(node, ast.keyword) and node.arg is None) or (
        isinstance(node, ast.Dict) and None in node.keys
    ):
        return _("there are no %(part)s here") % {"part": _(_SAID[ast.Starred])}
    if isinstance(node, ast.Dict) and not all(
        isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys
    ):
        return _("only a text in quotes can stand before the colon of { }")
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


def _told(error: Exception) -> str:
    """What Python or NumPy refuse, in the language in use as far as its kind tells it."""
    if isinstance(error, FloatingPointError):
        told = str(error)
        if "overflow" in told:
            return _("the result is too large for a number")
        return _("division by zero") if "divide" in told else _("the result is not a number")
    if isinstance(error, ZeroDivisionError):
        return _("division by zero")
    if isinstance(error, OverflowError):
        return _("the result is too large for a number")
    return _("this cannot be computed (%(error)s)") % {"error": str(error) or type(error).__name__}


def _too_large() -> str:
    return _("a whole number of more than %(most)d bits") % {"most": MOST_BITS}


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays without axes as Python's, so that all that reads a value knows what it may be."""
    if isinstance(value, (np.ndarray, np.generic)) and np.ndim(value) == 0:
        return value.item()
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (list, tuple, dict)):
        allowance.take(allowance.ITEM * _cells(value))
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise Refusal(_too_large())
    elif isinstance(value, complex):
        raise Refusal(_("the result is not a real number"))
    return value


def _cells(value: Any) -> int:
    """To how many cells lists in lists unfold; looked through no further than they may. Raises Refusal."""
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            one = list(one.values())
        count += max(len(one) if isinstance(one, (list, tuple)) else one.size, 1)
        if count > MOST_CELLS:
            raise Refusal(_("expected at most %(most)d cells; got more") % {"most": MOST_CELLS})
        if isinstance(one, (list, tuple)):
            waiting.extend(each for each in one if isinstance(each, (list, tuple, dict, np.ndarray)))
    return count


def _truth(value: Any) -> bool:
    if isinstance(value, np.ndarray) and value.size != 1:
        raise Refusal(_("expected true or false; got %(got)s") % {"got": kind_of(value)})
    return bool(value)


def _checked(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Arithmetic on numbers and arrays alone, broadcast to no more than may be."""

    def computed(a: Any, b: Any) -> Any:
        for one in (a, b):
            if not isinstance(one, (bool, int, float, np.ndarray, np.generic)):
                problem = _("expected numbers or arrays: array([…]); got %(got)s")
                raise Refusal(problem % {"got": kind_of(one)})
        if np.ndim(a) or np.ndim(b):
            check_shapes(np.shape(a), np.shape(b))
        return _plain(compute(a, b))

    return computed


def _add(a: Any, b: Any) -> Any:
    if type(a) is type(b) and isinstance(a, (str, list)):
        if len(a) + len(b) > MOST_TEXT:
            raise Refusal(_("expected at most %(most)d characters or items") % {"most": MOST_TEXT})
        return _plain(a + b)
    return _checked(operator.add)(a, b)


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and b > 0 and a.bit_length() * b > MOST_BITS:
        raise Refusal(_too_large())
    return _checked(operator.pow)(a, b)


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Of numbers, texts, or lists and arrays as a whole: one answer, never an array of them."""

    def compared(a: Any, b: Any) -> bool:
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            return bool(np.all(_checked(compare)(_array(a), _array(b))))
        for one in (a, b):
            _plain(one)  # pays for lists, which Python compares cell by cell
        try:
            return bool(compare(a, b))
        except (TypeError, ValueError) as error:
            problem = _("%(one)s and %(other)s cannot be compared")
            raise Refusal(problem % {"one": kind_of(a), "other": kind_of(b)}) from error

    return compared


def _array(value: Any) -> Any:
    return array(value) if isinstance(value, (list, tuple)) else np.asarray(value)


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

    def _eval(self, node: ast.AST) -> Any:
        allowance.take(allowance.PART)
        return super()._eval(node)

    def _check_disallowed_items(self, item: Any) -> None:
        """simpleeval would look for functions and modules all through a list, after each step and unpaid. There are
        none: names that can be called are no values here, and our functions return none.
        """

    def _eval_name(self, node: ast.Name) -> Any:
        """simpleeval would give a function for its name."""
        if node.id not in self.names:
            raise NameNotDefined(node.id, self.expr)
        return self.names[node.id]

    def _eval_list(self, node: ast.List) -> Any:
        return _plain(super()._eval_list(node))

    def _eval_tuple(self, node: ast.Tuple) -> Any:
        return _plain(super()._eval_tuple(node))

    def _eval_dict(self, node: ast.Dict) -> Any:
        return _plain(super()._eval_dict(node))

    def _eval_boolop(self, node: ast.BoolOp) -> Any:
        """An array would be neither true nor false."""
        found: Any = None
        for part in node.values:
            found = self._eval(part)
            if _truth(found) == isinstance(node.op, ast.Or):
                break
        return found

    def _eval_call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        if node.func.id not in self.functions:
            raise FunctionNotDefined(node.func.id, self.expr)
        given = [self._eval(one) for one in node.args]
        named = dict(self._eval(one) for one in node.keywords)
        allowance.take(allowance.CALL)
        try:
            return _plain(self.functions[node.func.id](*given, **named))
        except (Refusal, FloatingPointError) as error:
            problem = str(error) if isinstance(error, Refusal) else _told(error)
            raise Refusal(f"{node.func.id}: {problem}") from error
        except allowance.Exceeded:
            raise
        except (
            _FAULTS
        ) as error:  # NumPy's, or Python's of a wrong number of arguments: both speak English alone
            values = [kind_of(one) for one in given]
            values += [f"{name}={kind_of(one)}" for name, one in named.items()]
            problem = _("%(function)s takes no such values: %(got)s") % {
                "function": node.func.id,
                "got": ", ".join(values)[:200],
            }
            raise Refusal(problem) from error

    def _eval_subscript(self, node: ast.Subscript) -> Any:
        container, place = self._eval(node.value), self._eval(node.slice)
        if not isinstance(container, (str, list, tuple, dict, np.ndarray)):
            raise Refusal(
                _("expected a list or an array before [ ]; got %(got)s") % {"got": kind_of(container)}
            )
        if isinstance(container, dict):
            if not isinstance(place, str) or place not in container:
                problem = _("expected one of %(known)s in [ ]; got %(got)s")
                raise Refusal(problem % {"known": ", ".join(container), "got": kind_of(place)})
            return container[place]
        if isinstance(container, np.ndarray) and isinstance(place, (list, np.ndarray)):
            check_cells(
                np.size(array(place)) * math.prod(container.shape[1:])
            )  # a copy; ranges only give a view
        elif isinstance(place, tuple) and any(isinstance(one, (list, tuple, np.ndarray)) for one in place):
            raise Refusal(
                _("expected whole numbers and ranges in [ ]; got %(got)s") % {"got": kind_of(place)}
            )
        try:
            return _plain(container[place])
        except (LookupError, TypeError, ValueError) as error:
            problem = _("there is no place [%(place)s] in %(container)s")
            raise Refusal(
                problem % {"place": ast.unparse(node.slice), "container": kind_of(container)}
            ) from error


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _add, ast.Sub: _checked(operator.sub), ast.Mult: _checked(operator.mul),
    ast.Div: _checked(operator.truediv), ast.Pow: _power, ast.USub: _negated, ast.UAdd: lambda value: value,
    ast.Not: lambda value: not _truth(value), ast.Eq: _compared(operator.eq), ast.NotEq: _compared(operator.ne),
    ast.Lt: _compared(operator.lt), ast.LtE: _compared(operator.le), ast.Gt: _compared(operator.gt),
    ast.GtE: _compared(operator.ge),
}  # fmt: skip
