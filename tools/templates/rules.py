"""Evaluates the Rules of a template like CloudFormation, which does so before it creates or changes a resource.

Source: AWS CloudFormation Template Reference, "Rule functions". A rule can use only these functions, and `Ref` of a
parameter or of AWS::Region. It can neither split texts, nor compare numbers, nor refer to conditions. Fn::RefAll,
Fn::ValueOf and Fn::ValueOfAll query the account, so the shop's rules do not use them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.templates.model import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_OPERANDS = range(2, 11)  # of Fn::And and Fn::Or


def refusals(template: Mapping[str, Any], parameters: Mapping[str, Any], region: str) -> Iterator[str]:
    """Yields the description of every assertion that fails.

    Raises:
        TemplateError: CloudFormation would not accept a function or reference in a rule.
    """
    known = {**parameters, "AWS::Region": region}
    for name, rule in template.get("Rules", {}).items():
        try:
            if _holds(rule.get("RuleCondition", True), known):
                for assertion in rule["Assertions"]:
                    if not _holds(assertion["Assert"], known):
                        yield assertion["AssertDescription"]
        except TemplateError as error:
            raise TemplateError(f"The rule {name}: {error}") from error


def _holds(value: Any, known: Mapping[str, Any]) -> bool:
    if isinstance(value, bool):
        return value
    [(name, arguments)] = value.items()
    if name in ("Fn::And", "Fn::Or"):
        if len(arguments) not in _OPERANDS:
            raise TemplateError(f"{name} needs 2 to 10 conditions, not {len(arguments)}.")
        held = [_holds(argument, known) for argument in arguments]
        return all(held) if name == "Fn::And" else any(held)
    if name == "Fn::Not":
        [argument] = arguments
        return not _holds(argument, known)
    if name in _COMPARISONS:
        first, second = (_value(argument, known) for argument in arguments)
        return _COMPARISONS[name](first, second)
    raise TemplateError(f"CloudFormation does not accept {name} in a rule.")


def _value(value: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_value(item, known) for item in value]
    if not isinstance(value, dict):
        return str(value)
    [(name, argument)] = value.items()
    if name != "Ref" or argument not in known:
        raise TemplateError(f"CloudFormation does not accept {name} of {argument} in a rule.")
    return known[argument]


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Fn::Equals": lambda one, other: bool(one == other),
    "Fn::Contains": lambda texts, text: text in texts,
    "Fn::EachMemberEquals": lambda texts, text: all(each == text for each in texts),
    "Fn::EachMemberIn": lambda texts, others: all(each in others for each in texts),
}
