"""A deployment: migrations before code, versions behind an alias, gradual traffic and a rollback on alarms."""

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
from tools.templates.stack import Stack

_ROLLBACK_ALARMS = ("HighErrorRate", "HighResponseTime", "HighSystemErrors")


@pytest.fixture(scope="module")
def root(templates: Templates) -> list[Resource]:
    """The functions that clients wait for, and the authorizer."""
    return [function for function in templates.of("AWS::Lambda::Function") if function.stack.name == "microshop"]


def test_every_function_waits_for_the_migrations(templates: Templates) -> None:
    # CloudFormation updates a resource only after the resources that it refers to.
    versions = {
        function.logical_id: function["Environment"]["Variables"].get("SCHEMA_VERSION")
        for function in templates.of("AWS::Lambda::Function")
    }

    without = {name for name, version in versions.items() if version != "Migration.SchemaVersion"}
    assert without == {"MigrateFunction"}
    assert versions["MigrateFunction"] is None


def test_the_migrations_run_in_every_deployment_of_other_code() -> None:
    before, after = Templates(CodeVersion="a" * 64), Templates(CodeVersion="b" * 64)

    [old], [new] = before.of("Custom::Migration"), after.of("Custom::Migration")

    assert (old["CodeVersion"], new["CodeVersion"]) == ("a" * 64, "b" * 64)


def test_the_api_invokes_every_function_through_its_alias(templates: Templates, root: list[Resource]) -> None:
    api, _ = templates.of("AWS::ApiGateway::RestApi")
    reached = json.dumps(api["Body"])

    assert len({alias["FunctionName"] for alias in templates.of("AWS::Lambda::Alias")}) == len(root)
    names = {function.logical_id for function in root}
    assert {name for name in names if f":function:microshop-{name}:live/invocations" not in reached} == set()
    assert {name for name in names if f":function:microshop-{name}/invocations" in reached} == set()


def test_permissions_of_the_api_are_for_aliases(templates: Templates, root: list[Resource]) -> None:
    names = {function.logical_id for function in root}
    invoked = {
        str(permission["FunctionName"])
        for permission in templates.of("AWS::Lambda::Permission")
        if permission.stack.name == "microshop"
    }

    assert {each for each in invoked if not each.endswith(":live")} == set()
    assert {name for name in names if not any(name in each for each in invoked)} == set()


def test_traffic_moves_gradually_and_back_on_an_alarm(root: list[Resource]) -> None:
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


def test_a_deployment_all_at_once_needs_neither_codedeploy_nor_alarms(root: list[Resource]) -> None:
    # CodeDeploy refuses a deployment while one of its alarms is on.
    at_once = Templates(DeploymentPreference="AllAtOnce")

    assert len(at_once.of("AWS::Lambda::Alias")) == len(root)
    assert [alias for alias in _sources(at_once, "AWS::Lambda::Alias") if "UpdatePolicy" in alias] == []
    assert [kind for stack in at_once.stacks for kind in _types(stack) if kind.startswith("AWS::CodeDeploy")] == []


def test_a_deployment_without_alarms_has_no_resources_of_codedeploy(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {}\n", encoding="utf-8")
    written = write_parameters(tmp_path, ROOT / "infra" / "stages", tmp_path / "parameters", alarms=False)
    parameters = {file.stem: yaml.safe_load(file.read_text()) for file in written}

    types = {
        stage: _types(Templates(**{name: str(value) for name, value in given.items()}).stacks[0])
        for stage, given in parameters.items()
    }

    assert types.keys() == set(stages.NAMES)
    assert {
        stage for stage, kinds in types.items() if any(kind.startswith("AWS::CodeDeploy") for kind in kinds)
    } == set()


@pytest.mark.parametrize(("given", "handed_on"), [((), False), (("ALARMS=off",), True)])
def test_make_deploy_passes_alarms_off_on(given: tuple[str, ...], handed_on: bool) -> None:
    command = [str(shutil.which("make")), "--dry-run", "deploy", "STAGE=prod", *given]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert ('--alarms "off"' in printed) is handed_on


def test_every_deployment_preference_except_all_at_once_is_gradual(templates: Templates) -> None:
    source = templates.sources[0]
    gradual = {name: entry["IsGradual"] for name, entry in source["Mappings"]["Deployments"].items()}

    assert list(gradual) == source["Parameters"]["DeploymentPreference"]["AllowedValues"]
    assert {name for name, answer in gradual.items() if answer != "true"} == {"AllAtOnce"}
    assert gradual["AllAtOnce"] == "false"


def test_only_production_moves_traffic_gradually() -> None:
    preferences = {stage: stages.parameters(stage)["DeploymentPreference"] for stage in stages.NAMES}

    assert {stage for stage, preference in preferences.items() if preference != "AllAtOnce"} == {"prod"}


def test_older_versions_stay_for_a_rollback(templates: Templates) -> None:
    versions = list(_sources(templates, "AWS::Lambda::Version"))

    assert versions
    assert {version.get("DeletionPolicy") for version in versions} == {"Retain"}


def test_concurrency_is_reserved_only_if_the_stage_says_so(templates: Templates) -> None:
    reserving = Templates(ReservesConcurrency="yes")

    assert {each["ReservedConcurrentExecutions"] for each in templates.of("AWS::Lambda::Function")} == {None}
    root = [each for each in reserving.of("AWS::Lambda::Function") if each.stack.name == "microshop"]
    assert {each.logical_id for each in root if int(each["ReservedConcurrentExecutions"]) <= 0} == set()


def _types(stack: Stack) -> list[str]:
    return [resource["Type"] for _, resource in stack.resources()]


def _sources(templates: Templates, kind: str) -> list[dict[str, Any]]:
    return [resource for stack in templates.stacks for _, resource in stack.resources(kind)]
