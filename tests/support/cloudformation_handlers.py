"""The permissions of CloudFormation's resource providers, from the data of cfn-lint.

cfn-lint's data has AWS's provider schemas, with the actions of each handler, and AWS's service authorization reference,
with the resources of each action. Its version is locked in requirements-dev.txt; an update brings newer ones.
"""

import functools
import json
import re
from pathlib import Path
from typing import Any

import cfnlint

from tools.templates.model import ACCOUNT, REGION

HANDLERS = ("create", "read", "update", "delete")
PLACEHOLDER = "made-up"  # placeholder for a generated name, which only a wildcard in a policy can match
_DATA = Path(cfnlint.__file__).parent / "data"


@functools.cache
def handler_actions(resource_type: str) -> frozenset[str]:
    """The actions of all handlers of a resource type, without misspelt ones that IAM does not have."""
    handlers = _schema(resource_type).get("handlers", {})
    actions = {action for handler in HANDLERS for action in handlers.get(handler, {}).get("permissions", ())}
    return frozenset(action for action in actions if _split(action)[1] in _service(action).get("Actions", {}))


@functools.cache
def arn_forms(action: str) -> tuple[str, ...]:
    """Regular expressions of the action's resource ARNs. Without any, the action has no resource."""
    service = _service(action)
    kinds = service["Actions"][_split(action)[1]].get("Resources", ())
    return tuple(_resolved(form) for kind in kinds for form in service["Resources"][kind.lower()]["ARNFormats"])


@functools.cache
def is_about(action: str, arn: str) -> bool:
    return any(re.fullmatch(form, arn) for form in arn_forms(action))


def any_of(form: str) -> str:
    """An ARN of this form with a placeholder as name."""
    return form.replace(".*", PLACEHOLDER)


def _resolved(form: str) -> str:
    return form.replace("${Partition}", "aws").replace("${Region}", REGION).replace("${Account}", ACCOUNT)


def _split(action: str) -> tuple[str, str]:
    service, _, name = action.partition(":")
    return service, name.lower()


def _service(action: str) -> Any:
    return _read("AdditionalSpecs/Policies.json").get(_split(action)[0], {})


def _schema(resource_type: str) -> Any:
    name = _read(f"schemas/providers/{REGION}.json")[resource_type]
    return _read(f"schemas/resources/{name}.json")


@functools.cache
def _read(file: str) -> Any:
    return json.loads((_DATA / file).read_text(encoding="utf-8"))
