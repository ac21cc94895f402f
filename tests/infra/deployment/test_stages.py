"""The stages differ only in the values of their parameters."""

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

# Parameters that only the operator knows; each stage file has them as lines to fill in.
OPERATORS_OWN = {"MailSender", "OperatorEmail", "StripeSecretArn", "CorsOrigin", "MonthlyBudgetUsd"}
_EACH = pytest.mark.parametrize("stage", stages.NAMES)


@pytest.fixture(scope="module")
def declared() -> dict[str, dict[str, Any]]:
    """The parameters of template.yaml."""
    parameters: dict[str, dict[str, Any]] = load(ROOT / "template.yaml")["Parameters"]
    return parameters


@_EACH
def test_every_value_of_a_stage_is_accepted_by_its_parameter(stage: str, declared: dict[str, dict[str, Any]]) -> None:
    for name, value in stages.parameters(stage).items():
        assert not isinstance(value, (bool, list, dict)), f"{name}: quote it, CloudFormation has only text"
        assert refusal(declared, name, str(value)) is None


@_EACH
def test_a_stage_is_named_like_its_file(stage: str) -> None:
    assert stages.parameters(stage)["Stage"] == stage


def test_all_stage_files_have_the_same_parameters() -> None:
    names = [set(stages.parameters(stage)) for stage in stages.NAMES]

    assert names[0] == names[1] == names[2]


@_EACH
def test_a_deployment_gets_every_parameter(stage: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "template.yaml", tmp_path)
    write_parameters(tmp_path, ROOT / "infra" / "stages", tmp_path / "parameters")
    template = load(ROOT / "template.yaml")

    given = CfnParameterOverridesType().convert(f"file://{tmp_path}/parameters/{stage}.yaml", None, None)

    wanted = effective_parameters(template, stages.parameters(stage), ROOT / "template.yaml")
    as_text = {name: ",".join(value) if isinstance(value, list) else value for name, value in wanted.items()}
    assert given == as_text | {"CodeVersion": given["CodeVersion"]}


@_EACH
def test_parameters_that_only_operators_know_are_lines_to_fill_in(
    stage: str, declared: dict[str, dict[str, Any]]
) -> None:
    text = (ROOT / f"infra/stages/{stage}.yaml").read_text(encoding="utf-8")

    to_fill_in = set(re.findall(r"^# ([A-Z]\w+): ", text, re.MULTILINE))

    assert to_fill_in >= OPERATORS_OWN
    assert to_fill_in <= set(declared)
    assert not to_fill_in & set(stages.parameters(stage))


@_EACH
def test_no_stage_file_names_a_server(stage: str) -> None:
    assert not {"DatabaseUrl", "MigrationDatabaseUrl", "RedisUrl"} & set(stages.parameters(stage))


def test_production_survives_the_loss_of_a_zone() -> None:
    production = stages.parameters("prod")

    assert production["DatabaseMultiAz"] == "true"
    assert production["RedisReplicas"] >= 1


def test_the_firewall_of_production_counts_until_somebody_turns_it_on() -> None:
    # An operator sets it to "on" after a look at the requests that it would refuse.
    assert stages.parameters("prod")["Waf"] == "count"


def test_the_first_deployment_of_production_can_be_rolled_back() -> None:
    # A protected database cannot be deleted, so the rollback of its creation would fail.
    wanted = CfnParameterOverridesType().convert(_overrides_of("make", "deploy", "STAGE=prod", "FIRST=yes"), None, None)

    assert wanted.pop("DeletionProtection") == "false"
    assert wanted == {
        name: str(value) for name, value in stages.parameters("prod").items() if name != "DeletionProtection"
    }


@pytest.mark.parametrize("first", ["", "no"])
def test_a_later_deployment_keeps_the_deletion_protection(first: str) -> None:
    command = ["make", "deploy", "STAGE=prod", f"FIRST={first}", "--dry-run"]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "DeletionProtection=" not in printed
    assert "tools.release protect" in printed


def _overrides_of(*command: str) -> list[str]:
    """Returns the parameters that the command gives `sam deploy`, with the stage's file in place of the built one."""
    printed = subprocess.run([*command, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    [deploying] = [line for line in printed.splitlines() if "sam deploy" in line]
    words = shlex.split(deploying)
    given = words[words.index("--parameter-overrides") + 1 :]
    return [word.replace("file://.aws-sam/parameters", f"file://{ROOT}/infra/stages") for word in given]


def test_staging_has_the_shape_of_production() -> None:
    staging, production = stages.parameters("staging"), stages.parameters("prod")

    shape = ("DatabaseEngine", "DatabaseMultiAz", "RedisReplicas", "Waf", "Distribution", "Egress", "ContinuousRelay")

    assert {name: staging[name] for name in shape} == {name: production[name] for name in shape}


def test_the_networks_of_stages_do_not_overlap() -> None:
    assert len({stages.parameters(stage)["VpcCidr"] for stage in stages.NAMES}) == len(stages.NAMES)
