"""Evaluates the CloudWatch metric math of the shop's alarms on the data points of one period.

From "Metric math syntax and functions" of the CloudWatch user guide: a missing value counts as 0 if another series has
one, and a division by zero has no data point. An expression is also valid Python.
"""

import ast
import functools
import operator
from collections.abc import Callable, Mapping

type Point = float | None

_QUOTA = 1000.0  # Lambda's default quota of concurrent executions

_OPERATORS: dict[type[ast.operator] | type[ast.cmpop], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


def evaluate(expression: str, points: Mapping[str, Point]) -> Point:
    """The data point of the expression, if any. `points` are those of its ids."""
    return _value(_parsed(expression), points)


def names_in(expression: str) -> set[str]:
    """The ids in an expression. Functions are in upper case."""
    return {node.id for node in ast.walk(_parsed(expression)) if isinstance(node, ast.Name) and not node.id.isupper()}


@functools.cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _value(node: ast.expr, points: Mapping[str, Point]) -> Point:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return points[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return _combined(sign, left, right, points)
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _combined(sign, left, right, points)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, points)
    raise ValueError(f"Metric math that is not known here: {ast.unparse(node)}")


def _combined(sign: ast.operator | ast.cmpop, left: ast.expr, right: ast.expr, points: Mapping[str, Point]) -> Point:
    values = [_value(left, points), _value(right, points)]
    # A constant does not give a series without data a value.
    series = [value for value, part in zip(values, (left, right), strict=True) if _is_series(part)]
    if series and all(value is None for value in series):
        return None
    try:
        return float(_OPERATORS[type(sign)](*(value or 0.0 for value in values)))
    except ZeroDivisionError:
        return None


def _is_series(node: ast.expr) -> bool:
    return any(isinstance(one, ast.Name) and not one.id.isupper() for one in ast.walk(node))


def _called(name: str, arguments: list[ast.expr], points: Mapping[str, Point]) -> Point:
    match name, arguments:
        case "IF", [condition, then, otherwise]:
            truth = _value(condition, points)
            return None if truth is None else _value(then if truth else otherwise, points)
        case "FILL", [series, filler]:
            found = _value(series, points)
            return _value(filler, points) if found is None else found
        case "SERVICE_QUOTA", [ast.Name()]:
            return _QUOTA
        case (("SUM" | "MAX"), [ast.List(elts=series)]):
            values = [value for one in series if (value := _value(one, points)) is not None]
            return (sum(values) if name == "SUM" else max(values)) if values else None
    raise ValueError(f"Metric math that is not known here: {name}")
