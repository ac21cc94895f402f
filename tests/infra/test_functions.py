"""Every function: where its code is, what it is called, what it may do."""

import re
from typing import Any

import pytest

from tests.support.deployment import ROOT, Resource, Templates


def test_logical_ids_derive_from_the_names_of_files(functions: list[Resource]) -> None:
    for function in functions:
        file = function["Handler"].removesuffix(".handler")

        assert function.logical_id == "".join(word.capitalize() for word in file.split("_")) + "Function"


def test_each_file_of_functions_is_deployed_once_and_each_function_has_its_file(templates: Templates) -> None:
    deployed = sorted(
        (source_file.parent / resource["Properties"]["CodeUri"]).resolve()
        / f"{resource['Properties']['Handler'].removesuffix('.handler')}.py"
        for source_file, source in zip([stack.file for stack in templates.stacks], templates.sources, strict=True)
        for resource in source["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    )

    assert deployed == sorted(ROOT.glob("functions/*/*.py"))


def test_every_function_runs_python_3_13_with_the_shared_layer_and_tracing(functions: list[Resource]) -> None:
    for function in functions:
        assert function["Runtime"] == "python3.13"
        assert len(function["Layers"]) == 1
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_http_functions_end_before_api_gateway_gives_up(functions: list[Resource]) -> None:
    # API Gateway's default integration timeout is 29 s; the clients of these wait.
    behind_http = [function for function in functions if function.stack.name == "microshop"]

    slow = {function.logical_id for function in behind_http if function["Timeout"] > 10}

    assert slow == {"MigrateFunction"}


def test_no_secret_stands_in_a_template(templates: Templates) -> None:
    for source in templates.sources:
        for name, parameter in source["Parameters"].items():
            if name in {"DatabaseUrl", "RedisUrl"}:
                assert parameter["NoEcho"] is True
                assert "Default" not in parameter


def test_no_policy_of_ours_has_a_wildcard_action_or_an_unbounded_resource(templates: Templates) -> None:
    statements = _own_statements(templates)

    assert statements
    for logical_id, statement in statements:
        actions = _listed(statement["Action"])
        resources = _listed(statement["Resource"])
        assert not [action for action in actions if "*" in action], logical_id
        # An identity of SES is bounded by the sender instead: the mail's domain may be verified instead of the address.
        allowed = "ses:FromAddress" in str(statement.get("Condition"))
        assert allowed or not [resource for resource in resources if "*" in str(resource)], logical_id


@pytest.mark.parametrize(
    ("function", "actions"),
    [
        ("RelayOutboxFunction", {"events:PutEvents"}),
        ("SendCustomerMailFunction", {"ses:SendEmail"}),
        ("AlertLowStockFunction", {"ses:SendEmail"}),
    ],
)
def test_a_function_may_call_what_it_needs_and_nothing_else(
    templates: Templates, function: str, actions: set[str]
) -> None:
    allowed = {
        action
        for logical_id, statement in _own_statements(templates)
        if logical_id == f"{function}Role"
        for action in _listed(statement["Action"])
    }

    assert allowed == actions


def test_only_three_functions_may_call_aws_at_all(templates: Templates) -> None:
    holders = {logical_id for logical_id, _ in _own_statements(templates)}

    assert holders == {"RelayOutboxFunctionRole", "SendCustomerMailFunctionRole", "AlertLowStockFunctionRole"}


def test_mail_is_sent_by_the_shops_sender_and_by_nobody_else(templates: Templates) -> None:
    conditions = [
        statement["Condition"] for _, statement in _own_statements(templates) if statement["Action"] == "ses:SendEmail"
    ]

    assert conditions == [{"StringEquals": {"ses:FromAddress": "shop@example.com"}}] * 2


def test_of_the_background_functions_only_those_that_ask_redis_know_where_it_is(functions: list[Resource]) -> None:
    background = [function for function in functions if function.stack.name != "microshop"]

    knowing = {each.logical_id for each in background if "REDIS_URL" in each["Environment"]["Variables"]}

    assert knowing == {"RefreshProductCacheFunction", "MeasureActiveUsersFunction", "PurgeExpiredFunction"}


def test_managed_policies_are_those_that_lambda_itself_needs(templates: Templates) -> None:
    managed = {
        re.sub(r".*policy/", "", str(arn))
        for role in templates.of("AWS::IAM::Role")
        for arn in role["ManagedPolicyArns"] or []
    }

    assert managed <= {
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        "AWSXrayWriteOnlyAccess",
        "AWSXRayDaemonWriteAccess",
    }


def _own_statements(templates: Templates) -> list[tuple[str, dict[str, Any]]]:
    return [
        (role.logical_id, statement)
        for role in templates.of("AWS::IAM::Role")
        for policy in role["Policies"] or []
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
