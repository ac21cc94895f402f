"""Patches moto's CloudFormation in this process so that `sam deploy` can deploy to it.

The docstring of each patch names the fault of moto that it corrects. A stand-in replaces each resource that moto cannot
create and is recorded in `Deployed.skipped`. A successful deployment therefore proves that templates, parameters,
references and their order fit together, but nothing about those resources.
"""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.cloudformation import models, parsing, responses, utils
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from tests.support.sam_stand_in import UNABLE, Deployed, stand_in_class
from tools.templates import sam

if TYPE_CHECKING:
    from collections.abc import Iterator

_REF = {
    "AWS::Events::EventBus": "name",
    "AWS::Lambda::LayerVersion": "arn",
    "AWS::RDS::DBParameterGroup": "name",
    "AWS::RDS::DBSubnetGroup": "name",
}
_SOMEWHERE = Path("/template.yaml")  # its local paths are never read, because a packaged template refers to S3


@contextlib.contextmanager
def patched() -> Iterator[Deployed]:
    """Patch moto in this process so that it deploys the stacks that SAM packages."""
    deployed = Deployed()
    stand_in = stand_in_class(deployed)

    def find(kind: str) -> type[CloudFormationModel]:
        known = parsing.get_model_map().get(kind)
        return known if known is not None and kind not in UNABLE else stand_in

    with contextlib.ExitStack() as patches:
        for owner, name, value in (
            (models.Stack, "_parse_template", _parse_template),
            (models.ChangeSet, "_parse_template", _parse_template),
            (models.Stack, "has_template", _has_template),
            (models.Stack, "has_parameters", _has_parameters),
            (models.Stack, "stack_parameters", property(_parameters_as_text)),
            (models.Stack, "__init__", _init_with_parameters),
            (models.Stack, "update_from_cloudformation_json", classmethod(_update_nested)),
            (models.ChangeSet, "diff", _diff),
            (models.ChangeSet, "apply", _applier(deployed)),
            (models, "get_stack_from_s3_url", _template_at),
            (responses, "get_stack_from_s3_url", _template_at),
            (parsing, "resource_class_from_type", find),
            (parsing, "clean_json", _resolve),
            (parsing.ResourceMap, "get", _get_resource),
            (parsing.ResourceMap, "load_mapping", _load_mapping),
            (parsing, "parse_and_update_resource", _update_or_keep),
        ):
            patches.enter_context(patch.object(owner, name, value))
        patches.enter_context(patch.object(models.Stack, "get_cfn_attribute", _output, create=True))
        yield deployed


_parse = models.Stack.parse_template
_init = models.Stack.__init__
_find_template = utils.get_stack_from_s3_url
_clean = parsing.clean_json
_update = parsing.parse_and_update_resource


def _parse_template(self: Any) -> None:
    """moto ignores `Transform`, so every AWS::Serverless resource would be of an unknown type."""
    template = _parse(self.template)
    if "Transform" in template:
        given = sam.effective_parameters(template, self.parameters, _SOMEWHERE)
        template = sam.transform(template, given, _SOMEWHERE)
    self.template_dict = template


def _init_with_parameters(self: Any, *arguments: Any, **named: Any) -> None:
    """moto parses a template before it sets the stack's parameters, which the transform needs."""
    self.parameters = named["parameters"] if "parameters" in named else arguments[3]
    _init(self, *arguments, **named)


def _has_template(self: Any, other: str) -> bool:
    """moto compares the transformed template with an untransformed one."""
    return bool(_parse(self.template) == _parse(other))


def _has_parameters(self: Any, other: dict[str, Any]) -> bool:
    """moto treats an explicit default, which SAM sends with every update, as a change."""
    before: dict[str, Any] = self.stack_parameters
    return before | other == before


def _parameters_as_text(self: Any) -> dict[str, Any]:
    """moto passes numbers and lists for parameters that keep their previous value; as input they must be text."""
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in self.resource_map.resolved_parameters.items()
    }


def _template_at(template_url: str, account_id: str, partition: str) -> str:
    """moto takes the host of a URL, unless it is `localhost`, as a bucket's name; SAM uses 127.0.0.1."""
    return _find_template(template_url.replace("127.0.0.1", "localhost"), account_id, partition)


def _diff(self: Any) -> list[models.Change]:
    """moto's change sets omit resources that change only through a parameter."""
    resources, changed = self.stack.resource_map, self.template_dict["Resources"]
    actions = resources.build_resource_diff(self.template_dict, self.parameters)
    before = resources._resource_json_map
    return [
        models.Change(action, name, (changed if name in changed else before)[name]["Type"])
        for action, names in actions.items()
        for name in names
    ]


def _applier(deployed: Deployed) -> Any:
    def apply(self: Any) -> None:
        """moto does not update the template, outputs and parameters of a stack after a change set."""
        stack = self.stack
        try:
            stack.resource_map.update(self.template_dict, self.parameters)
            stack.template, stack.template_dict, stack.parameters = self.template, self.template_dict, self.parameters
            stack.output_map = stack._create_output_map()
        except BaseException:
            deployed.failures.append(traceback.format_exc())
            raise

    return apply


def _update_nested(
    _cls: type, /, original_resource: models.Stack, cloudformation_json: Any, account_id: str, **_more: Any
) -> models.Stack:
    """moto replaces a changed nested stack instead of updating it."""
    properties = cloudformation_json["Properties"]
    # Before the template is parsed, because the transform needs them.
    original_resource.parameters = properties.get("Parameters", {})
    template = _template_at(properties["TemplateURL"], account_id=account_id, partition="aws")
    original_resource.update(template, parameters=original_resource.parameters)
    return original_resource


def _update_or_keep(logical_id: str, resource_json: Any, resources: Any, account_id: str, region_name: str) -> Any:
    """moto drops resources of types that it cannot update, and updates resources that a condition excludes."""
    before = resources[logical_id]
    if before is None:
        return None
    return _update(logical_id, resource_json, resources, account_id, region_name) or before


def _resolve(value: Any, resources: Any) -> Any:
    """moto keeps `AWS::NoValue` in lists as None, looks up numbers in maps with text keys, and returns Python objects
    for the `Ref` of some types.
    """
    if isinstance(value, list):
        return [clean for each in value if (clean := parsing.clean_json(each, resources)) is not None]
    if isinstance(value, dict) and "Fn::FindInMap" in value:
        name, *keys = parsing.clean_json(value["Fn::FindInMap"], resources)
        value = {"Fn::FindInMap": [f"Mappings/{name}", *map(str, keys)]}
    clean = _clean(value, resources)
    if isinstance(clean, CloudFormationModel):
        kind = clean.cf_resource_type  # type: ignore[attr-defined]
        assert kind in _REF, f"moto does not say what the Ref of {kind} is"
        return getattr(clean, _REF[kind])
    return clean


def _load_mapping(self: Any) -> None:
    """moto mixes up a mapping and a resource with the same name."""
    mappings = self._template.get("Mappings", {})
    self._parsed_resources.update({f"Mappings/{name}": mapping for name, mapping in mappings.items()})


def _get_resource(self: Any, logical_id: str) -> Any:
    """moto reports a KeyError during the creation of a resource as an undefined resource."""
    return self[logical_id]


def _output(self: Any, attribute: str) -> str:
    """moto lacks `Fn::GetAtt` of a nested stack's outputs."""
    name = attribute.removeprefix("Outputs.")
    output = self.output_map[name] if name in self.output_map.outputs else None
    if output is None:
        raise ValidationError(self.name, f"{self.name} has no {attribute}")
    return str(output.value)
