"""Templates are read like CloudFormation and SAM do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.functions import ROOT
from tests.support.table_rows import wrong_answers
from tools.templates.intrinsics import Intrinsics
from tools.templates.inventory import read_inventory
from tools.templates.model import Inventory, TemplateError
from tools.templates.sam import load, refusal

if TYPE_CHECKING:
    from pathlib import Path


class NamedResources:
    def ref(self, logical_id: str) -> Any:
        if logical_id == "Nobody":
            raise TemplateError("There is no parameter or resource Nobody.")
        return f"name-of-{logical_id}"

    def attribute(self, logical_id: str, name: str) -> Any:
        return f"{name}-of-{logical_id}"


def resolved(value: Any) -> Any:
    intrinsics = Intrinsics(
        stack_name="shop",
        parameters={"Stage": "dev", "Subnets": ["a", "b"], "Empty": [""], "Number": "5"},
        conditions={
            "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
            "IsProd": {"Fn::Not": [{"Condition": "IsDev"}]},
            "HasVpc": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Empty"}]}, ""]}]},
        },
        mappings={"Sizes": {"dev": {"memory": 128}}},
        resources=NamedResources(),
    )
    return intrinsics.resolve(value, "here")


def test_intrinsic_function_returns_the_value_of_cloudformation() -> None:
    rows: list[tuple[Any, Any]] = [
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::StackName"}, "shop"),
        ({"Ref": "Queue"}, "name-of-Queue"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Arn-of-Queue"),
        ({"Fn::GetAtt": "Nested.Outputs.Bus"}, "Outputs.Bus-of-Nested"),
        ({"Fn::Sub": "${Stage}-${Queue.Arn}-${!Literal}"}, "dev-Arn-of-Queue-${Literal}"),
        ({"Fn::Sub": ["${Own}/${Stage}", {"Own": {"Ref": "Number"}}]}, "5/dev"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-dev"),
        ({"Fn::Join": [",", {"Ref": "Subnets"}]}, "a,b"),
        ({"Fn::Select": ["1", {"Ref": "Subnets"}]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": ["/", "x/y"]}]}, "x"),
        ({"Fn::If": ["IsDev", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "no"),
        ({"Fn::If": ["HasVpc", "yes", "no"]}, "no"),
        ({"Fn::And": [{"Condition": "IsDev"}, {"Fn::Equals": ["1", 1]}]}, True),
        ({"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "HasVpc"}]}, False),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 128),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"kept": 1, "left out": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ]

    assert wrong_answers(resolved, rows) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Fn::ImportValue": "Network"}, "import of Network from another stack"),
        ({"Fn::FindInMap": ["Sizes", "prod", "memory"]}, "no entry prod, memory"),
        ({"Fn::If": ["Unknown", 1, 2]}, "no condition Unknown"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "does not support Fn::Transform"),
        ({"Fn::Select": [7, ["a"]]}, "cannot be resolved"),
        ({"Ref": "Nobody"}, "no parameter or resource Nobody"),
    ],
)
def test_unresolvable_value_is_refused_with_its_place(value: Any, words: str) -> None:
    with pytest.raises(TemplateError, match=f"^here: .*{words}"):
        resolved({"property": value})


FUNCTION = """
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: {code}
      Handler: {name}.handler
      {more}
"""


def inventory(folder: Path, resources: str, head: str = "", **parameters: str) -> Inventory:
    template = folder / "template.yaml"
    template.write_text(f"Transform: AWS::Serverless-2016-10-31\n{head}\nResources:\n{resources}")
    return read_inventory(template, parameters=parameters, aws_endpoint_url="http://127.0.0.1:1")


def test_function_has_lambdas_defaults(tmp_path: Path) -> None:
    found = inventory(tmp_path, FUNCTION.format(name="Only", code="src", more="MemorySize: 256"))
    function = found.functions["microshop-Only"]
    assert (function.timeout, function.memory, function.reserved) == (3.0, 256, None)
    assert function.code == tmp_path / "src"
    assert found.apis == ()


def test_parameter_without_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="the parameter Url has neither a value nor a default"):
        inventory(tmp_path, FUNCTION.format(name="A", code="s", more=""), "Parameters: {Url: {Type: String}}")


def test_unknown_parameters_are_ignored_and_given_ones_override_defaults(tmp_path: Path) -> None:
    variables = "Environment: {Variables: {SIZE: !Ref Size}}"
    head = "Parameters: {Size: {Type: Number, Default: 3}}"
    found = inventory(tmp_path, FUNCTION.format(name="A", code="s", more=variables), head, Size="7", Other="x")
    assert found.functions["microshop-A"].environment == {"SIZE": "7"}


def test_resource_is_omitted_when_its_condition_is_false(tmp_path: Path) -> None:
    head = "Conditions: {Never: !Equals [a, b]}"
    resources = FUNCTION.format(name="A", code="s", more="")
    resources += "  Extra:\n    Type: AWS::SQS::Queue\n    Condition: Never\n"
    assert inventory(tmp_path, resources, head).queues == ()


def test_error_of_sam_in_a_template_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="Resource with id \\[A\\] is invalid"):
        inventory(tmp_path, FUNCTION.format(name="A", code="s", more="Events: wrong"))


def test_secret_reference_in_the_environment_is_refused(tmp_path: Path) -> None:
    variables = "Environment: {Variables: {KEY: '{{resolve:secretsmanager:x}}'}}"
    with pytest.raises(TemplateError, match="A, Environment: KEY is a dynamic reference"):
        inventory(tmp_path, FUNCTION.format(name="A", code="s", more=variables))


def test_alias_in_an_events_target_still_names_the_function(tmp_path: Path) -> None:
    more = "AutoPublishAlias: live\n      Events: {Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}}"
    found = inventory(tmp_path, FUNCTION.format(name="A", code="s", more=more))
    assert [schedule.function for schedule in found.schedules] == ["microshop-A"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MaxUnpaidOrder", "3", "MaxUnpaidOrder is not a parameter of template.yaml"),
        ("MaxUnpaidOrders", "0", "MaxUnpaidOrders=0 is refused: Maximum number of a customer's orders"),
        ("MaxUnpaidOrders", "many", "MaxUnpaidOrders=many is refused"),
        ("ContinuousRelay", "maybe", "ContinuousRelay=maybe is refused"),
        ("CorsOrigin", "https://www.example.com/", "CorsOrigin=https://www.example.com/ is refused: must be origins"),
    ],
)
def test_parameter_is_refused_like_in_a_deployment(name: str, value: str, reason: str) -> None:
    assert str(refusal(load(ROOT / "template.yaml")["Parameters"], name, value)).startswith(reason)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MaxUnpaidOrders", "1000"), ("CorsOrigin", "*"), ("ShippingFeeMinor", "0"), ("StripeSecretArn", "")],
)
def test_parameter_is_accepted_like_in_a_deployment(name: str, value: str) -> None:
    assert refusal(load(ROOT / "template.yaml")["Parameters"], name, value) is None
