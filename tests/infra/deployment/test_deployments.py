"""A deployment: migrations before code, versions behind an alias, traffic that moves gradually and back on an alarm."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.deployment import ROOT, Resource, Templates
from tools.release.code_version import write_parameters
from tools.templates import stages
from tools.templates.deployment import deployment
from tools.templates.stack import Stack

_ROLLBACK_ALARMS = ("HighErrorRate", "HighResponseTime", "HighSystemErrors")


@pytest.fixture(scope="module")
def root(templates: Templates) -> list[Resource]:
    """The functions that clients wait for, and the authorizer."""
    return [function for function in templates.of("AWS::Lambda::Function") if function.stack.name == "microshop"]


def test_no_function_is_updated_before_the_migrations_have_run(templates: Templates) -> None:
    # CloudFormation waits for a value before it touches what uses it. The schema's own functions are what makes it.
    for function in templates.of("AWS::Lambda::Function"):
        version = function["Environment"]["Variables"].get("SCHEMA_VERSION")

        if function.stack.name == "microshop-Schema":
            assert version is None
        else:
            assert version == "Migration.SchemaVersion", function.logical_id


def test_the_migrations_run_in_every_deployment_of_other_code() -> None:
    before, after = Templates(CodeVersion="a" * 64), Templates(CodeVersion="b" * 64)

    [old], [new] = before.of("Custom::Migration"), after.of("Custom::Migration")

    assert (old["CodeVersion"], new["CodeVersion"]) == ("a" * 64, "b" * 64)


def test_every_http_function_and_the_authorizer_are_reached_through_the_alias(
    templates: Templates, root: list[Resource]
) -> None:
    [api] = templates.of("AWS::ApiGateway::RestApi")
    reached = json.dumps(api["Body"])

    assert len({alias["FunctionName"] for alias in templates.of("AWS::Lambda::Alias")}) == len(root)
    for function in root:
        assert f":function:microshop-{function.logical_id}:live/invocations" in reached
        assert f":function:microshop-{function.logical_id}/invocations" not in reached


def test_what_may_invoke_an_http_function_may_invoke_its_alias(templates: Templates, root: list[Resource]) -> None:
    names = {function.logical_id for function in root}
    for permission in templates.of("AWS::Lambda::Permission"):
        if permission.stack.name == "microshop":
            invoked = str(permission["FunctionName"])
            assert invoked.endswith(":live")
            assert any(name in invoked for name in names)


def test_traffic_moves_as_the_stage_says_and_back_when_an_alarm_goes_off(root: list[Resource]) -> None:
    gradual = Templates(DeploymentPreference="Canary10Percent5Minutes")
    groups = gradual.of("AWS::CodeDeploy::DeploymentGroup")

    assert len(groups) == len(root)
    for group in groups:
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        alarms = [alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        assert [any(name in alarm for alarm in alarms) for name in _ROLLBACK_ALARMS] == [True, True, True]
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert set(group["AutoRollbackConfiguration"]["Events"]) >= {
            "DEPLOYMENT_FAILURE",
            "DEPLOYMENT_STOP_ON_ALARM",
        }


def test_all_at_once_asks_neither_codedeploy_nor_an_alarm(root: list[Resource]) -> None:
    # CodeDeploy refuses a deployment while one of its alarms is on.
    at_once = Templates(DeploymentPreference="AllAtOnce")

    assert len(at_once.of("AWS::Lambda::Alias")) == len(root)
    assert [alias for alias in _sources(at_once, "AWS::Lambda::Alias") if "UpdatePolicy" in alias] == []
    assert [kind for stack in at_once.stacks for kind in _types(stack) if kind.startswith("AWS::CodeDeploy")] == []


@pytest.mark.parametrize("stage", stages.NAMES)
def test_without_alarms_a_deployment_has_nothing_of_codedeploy(stage: str, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {}\n", encoding="utf-8")
    written = write_parameters(tmp_path, ROOT / "infra" / "stages", tmp_path / "parameters", alarms=False)
    [file] = [each for each in written if each.stem == stage]

    root = Templates(**{name: str(value) for name, value in yaml.safe_load(file.read_text()).items()}).stacks[0]

    assert [kind for kind in _types(root) if kind.startswith("AWS::CodeDeploy")] == []


@pytest.mark.parametrize(("given", "handed_on"), [((), False), (("ALARMS=off",), True)])
def test_make_deploy_hands_on_that_no_alarm_is_to_be_asked(given: tuple[str, ...], handed_on: bool) -> None:
    command = [str(shutil.which("make")), "--dry-run", "deploy", "STAGE=prod", *given]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert ('--alarms "off"' in told) is handed_on


def test_every_way_to_move_traffic_but_all_at_once_is_gradual(templates: Templates) -> None:
    source = templates.sources[0]
    gradual = {name: entry["IsGradual"] for name, entry in source["Mappings"]["Deployments"].items()}

    assert list(gradual) == source["Parameters"]["DeploymentPreference"]["AllowedValues"]
    assert {name for name, answer in gradual.items() if answer != "true"} == {"AllAtOnce"}
    assert gradual["AllAtOnce"] == "false"


@pytest.mark.parametrize("stage", ["dev", "staging"])
def test_only_production_moves_traffic_gradually(stage: str) -> None:
    assert stages.parameters(stage)["DeploymentPreference"] == "AllAtOnce"
    assert stages.parameters("prod")["DeploymentPreference"] != "AllAtOnce"


def test_production_updates_its_functions_in_four_chains() -> None:
    production = deployment("prod").stacks[0]
    after = {name: body.get("DependsOn") for name, body in production.resources("AWS::Lambda::Function")}

    earlier = [name for name in after.values() if name is not None]
    assert list(after.values()).count(None) == 4
    assert len(set(earlier)) == len(earlier)  # nobody is waited for twice
    assert set(earlier) <= set(after)
    assert len(after) == sum(1 for _ in production.resources("AWS::CodeDeploy::DeploymentGroup"))


def test_older_versions_stay_for_traffic_to_move_back_to(templates: Templates) -> None:
    versions = list(_sources(templates, "AWS::Lambda::Version"))

    assert versions
    assert {version.get("DeletionPolicy") for version in versions} == {"Retain"}


def test_concurrency_is_reserved_only_where_the_stage_asks_for_it(templates: Templates) -> None:
    asked = Templates(ReservesConcurrency="yes")

    assert {each["ReservedConcurrentExecutions"] for each in templates.of("AWS::Lambda::Function")} == {None}
    root = [each for each in asked.of("AWS::Lambda::Function") if each.stack.name == "microshop"]
    assert all(int(each["ReservedConcurrentExecutions"]) > 0 for each in root)


def _types(stack: Stack) -> list[str]:
    return [resource["Type"] for _, resource in stack.resources()]


def _sources(templates: Templates, kind: str) -> list[dict[str, Any]]:
    return [resource for stack in templates.stacks for _, resource in stack.resources(kind)]
