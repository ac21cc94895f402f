"""The stages: their files give parameters values, and differ in nothing else."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from samcli.cli.types import CfnParameterOverridesType

from tests.support.deployment import ROOT
from tools.release.code_version import write_parameters
from tools.templates import stages
from tools.templates.sam import effective_parameters, load, refusal

# What nobody but the operator knows; each stands in the files as a line to fill in.
OPERATORS_OWN = {"MailSender", "OperatorEmail", "StripeSecretArn", "CorsOrigin", "MonthlyBudgetUsd"}
_EACH = pytest.mark.parametrize("stage", stages.NAMES)


@pytest.fixture(scope="module")
def declared() -> dict[str, dict[str, Any]]:
    """The parameters of template.yaml."""
    parameters: dict[str, dict[str, Any]] = load(ROOT / "template.yaml")["Parameters"]
    return parameters


@_EACH
def test_every_name_is_a_parameter_that_takes_the_value(stage: str, declared: dict[str, dict[str, Any]]) -> None:
    for name, value in stages.parameters(stage).items():
        assert not isinstance(value, (bool, list, dict)), f"{name}: quote it, CloudFormation has only text"
        assert refusal(declared, name, str(value)) is None


@_EACH
def test_a_stage_is_named_as_its_file(stage: str) -> None:
    assert stages.parameters(stage)["Stage"] == stage


def test_the_files_give_the_same_parameters() -> None:
    names = [set(stages.parameters(stage)) for stage in stages.NAMES]

    assert names[0] == names[1] == names[2]


@_EACH
def test_a_deployment_is_given_every_parameter(stage: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "template.yaml", tmp_path)
    write_parameters(tmp_path, ROOT / "infra" / "stages", tmp_path / "parameters")
    template = load(ROOT / "template.yaml")

    given = CfnParameterOverridesType().convert(f"file://{tmp_path}/parameters/{stage}.yaml", None, None)

    wanted = effective_parameters(template, stages.parameters(stage), ROOT / "template.yaml")
    as_text = {name: ",".join(value) if isinstance(value, list) else value for name, value in wanted.items()}
    assert given == as_text | {"CodeVersion": given["CodeVersion"]}


@_EACH
def test_what_only_the_operator_knows_is_a_line_to_fill_in(stage: str, declared: dict[str, dict[str, Any]]) -> None:
    text = (ROOT / f"infra/stages/{stage}.yaml").read_text(encoding="utf-8")

    to_fill_in = set(re.findall(r"^# ([A-Z]\w+): ", text, re.MULTILINE))

    assert to_fill_in >= OPERATORS_OWN
    assert to_fill_in <= set(declared)
    assert not to_fill_in & set(stages.parameters(stage))


@_EACH
def test_no_stage_file_names_a_server(stage: str) -> None:
    assert not {"DatabaseUrl", "MigrationDatabaseUrl", "RedisUrl"} & set(stages.parameters(stage))


def test_production_survives_a_zone_and_an_accident() -> None:
    production = stages.parameters("prod")

    assert (production["DatabaseMultiAz"], production["DeletionProtection"]) == ("true", "true")
    assert production["DatabaseBackupDays"] >= 14
    assert production["RedisReplicas"] >= 1
    assert production["Waf"] == "count"  # "on" once somebody has looked at what it would refuse
    assert production["DeploymentPreference"].startswith(("Canary", "Linear"))


def test_the_first_deployment_of_production_can_be_rolled_back() -> None:
    # A protected database cannot be deleted, so the rollback of its creation would fail.
    wanted = CfnParameterOverridesType().convert(_overrides_of("make", "deploy", "STAGE=prod", "FIRST=yes"), None, None)

    assert wanted.pop("DeletionProtection") == "false"
    assert wanted == {
        name: str(value) for name, value in stages.parameters("prod").items() if name != "DeletionProtection"
    }


@pytest.mark.parametrize("first", ["", "no"])
def test_a_deployment_that_is_not_the_first_leaves_the_protection_as_the_stage_has_it(first: str) -> None:
    command = ["make", "deploy", "STAGE=prod", f"FIRST={first}", "--dry-run"]

    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "DeletionProtection=" not in said
    assert "tools.release protect" in said


def _overrides_of(*command: str) -> list[str]:
    """Returns the parameters that the command gives `sam deploy`, with the stage's file in place of the built one."""
    said = subprocess.run([*command, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    [deploying] = [line for line in said.splitlines() if "sam deploy" in line]
    words = shlex.split(deploying)
    given = words[words.index("--parameter-overrides") + 1 :]
    return [word.replace("file://.aws-sam/parameters", f"file://{ROOT}/infra/stages") for word in given]


def test_staging_has_the_shape_of_production() -> None:
    staging, production = stages.parameters("staging"), stages.parameters("prod")

    shape = ("DatabaseEngine", "DatabaseMultiAz", "RedisReplicas", "Waf", "Egress", "ContinuousRelay")

    assert {name: staging[name] for name in shape} == {name: production[name] for name in shape}


def test_the_networks_of_stages_can_be_joined() -> None:
    assert len({stages.parameters(stage)["VpcCidr"] for stage in stages.NAMES}) == len(stages.NAMES)
