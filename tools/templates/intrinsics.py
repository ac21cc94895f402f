"""Resolves CloudFormation's intrinsic functions like a deployment."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Protocol

from tools.templates.model import ACCOUNT, REGION, TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _NoValue:
    """The value of AWS::NoValue, which removes a property."""


NO_VALUE = _NoValue()
_SUBSTITUTION = re.compile(r"\$\{([^!][^}]*)\}")


class Resources(Protocol):
    """Returns the values of `Ref` and `Fn::GetAtt` of resources; a Stack implements it."""

    def ref(self, logical_id: str) -> Any: ...
    def attribute(self, logical_id: str, name: str) -> Any: ...


class Intrinsics:
    """Resolves values of one template. Errors are TemplateErrors, to which `resolve` adds the place."""

    def __init__(
        self,
        *,
        stack_name: str,
        parameters: Mapping[str, Any],
        conditions: Mapping[str, Any],
        mappings: Mapping[str, Any],
        resources: Resources,
    ) -> None:
        self._parameters = parameters
        self._conditions = conditions
        self._mappings = mappings
        self._resources = resources
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack_name}/local",
            "AWS::StackName": stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::And": lambda value: all(self._truth(part) for part in value),
            "Fn::Base64": lambda value: base64.b64encode(str(self._value(value)).encode()).decode(),
            "Fn::Equals": lambda value: _text(self._value(value[0])) == _text(self._value(value[1])),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAZs": lambda _: [f"{REGION}{zone}" for zone in "abc"],
            "Fn::GetAtt": self._get_att,
            "Fn::If": lambda value: self._value(value[1] if self.condition(value[0]) else value[2]),
            "Fn::ImportValue": self._import_value,
            "Fn::Join": lambda value: value[0].join(_text(part) for part in self._value(value[1])),
            "Fn::Length": lambda value: len(self._value(value)),
            "Fn::Not": lambda value: not self._truth(value[0]),
            "Fn::Or": lambda value: any(self._truth(part) for part in value),
            "Fn::Select": lambda value: self._value(value[1])[int(self._value(value[0]))],
            "Fn::Split": lambda value: str(self._value(value[1])).split(value[0]),
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": lambda value: json.dumps(self._value(value)),
        }

    def resolve(self, value: Any, place: str) -> Any:
        """Returns the value with all intrinsic functions resolved.

        Raises:
            TemplateError: an intrinsic function cannot be resolved; the message begins with `place`.
        """
        try:
            return self._value(value)
        except TemplateError as error:
            raise TemplateError(f"{place}: {error}") from error
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise TemplateError(
                f"{place}: {json.dumps(value, default=str)[:200]} cannot be resolved ({error})."
            ) from error

    def condition(self, name: str) -> bool:
        """Whether a named condition is true."""
        if name not in self._conditions:
            raise TemplateError(f"There is no condition {name}.")
        return self._truth(self._conditions[name])

    def _truth(self, value: Any) -> bool:
        resolved = self._value(value)
        if not isinstance(resolved, bool):
            raise TemplateError(f"A condition is {resolved!r}; it must be true or false.")
        return resolved

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [part for part in (self._value(item) for item in value) if part is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._functions and (name != "Condition" or isinstance(argument, str)):
                return self._functions[name](argument)
            if isinstance(name, str) and name.startswith("Fn::"):
                raise TemplateError(f"The local stack does not support {name}.")
        resolved = {key: self._value(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        return self._resources.ref(name)

    def _get_att(self, value: Any) -> Any:
        logical_id, attribute = value.split(".", 1) if isinstance(value, str) else value
        return self._resources.attribute(logical_id, self._value(attribute))

    def _sub(self, value: Any) -> str:
        text, own = (value, {}) if isinstance(value, str) else (value[0], value[1])

        def replacement(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in own:
                return _text(self._value(own[name]))
            return _text(self._get_att(name) if "." in name else self._ref(name))

        return _SUBSTITUTION.sub(replacement, text).replace("${!", "${")

    def _find_in_map(self, value: list[Any]) -> Any:
        name, first, second = (self._value(part) for part in value[:3])
        try:
            return self._mappings[name][first][second]
        except KeyError as error:
            raise TemplateError(f"The mapping {name} has no entry {first}, {second}.") from error

    def _import_value(self, value: Any) -> Any:
        raise TemplateError(f"The import of {self._value(value)} from another stack is not supported; use a parameter.")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
