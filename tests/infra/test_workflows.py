"""The workflows on GitHub and the roles that they may take on: what they could do if somebody turned them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.templates.stack import Stack

ROOT = Path(__file__).parents[2]
_FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"^\s*(?:- )?uses: (?:\$/(\S+)|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
_REPOSITORY, _ENVIRONMENT = "somebody/shop", "prod"


@pytest.fixture(scope="module")
def oidc() -> Stack:
    """The roles as an administrator would deploy them for prod."""
    parameters = {
        "Repository": _REPOSITORY,
        "Environment": _ENVIRONMENT,
        "ProviderArn": "arn:aws:iam::1:oidc-provider/x",
    }
    file = ROOT / "infra" / "github-oidc.yaml"
    return Stack(file, name="github", parameters=parameters, aws_endpoint_url="http://aws.invalid")


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_what_others_wrote_is_pinned_to_a_commit_and_what_is_ours_exists(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        if "uses:" in line:
            matched = _PINNED.match(line)
            assert matched, line
            assert matched[1] is None or (ROOT / matched[1]).is_file(), line


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_a_workflow_may_read_at_most_and_its_jobs_say_what_more_they_need(file: Path) -> None:
    workflow = _read(file.name)

    assert workflow["permissions"] in ({}, {"contents": "read"})
    more = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    writing = {(name, what) for name, given in more.items() for what, how in given.items() if how == "write"}
    assert (
        writing
        == {
            "check.yml": set(),
            "deploy.yml": {("staging", "id-token"), ("prod", "id-token"), ("release", "contents")},
            "deploy-stage.yml": {("deploy", "id-token")},
        }[file.name]
    )


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_every_job_ends_by_itself_on_a_runner_that_is_named(file: Path) -> None:
    for name, job in _read(file.name)["jobs"].items():
        if "uses" not in job:  # a called workflow has these itself
            assert job["runs-on"] == "ubuntu-24.04", name
            assert job["timeout-minutes"] <= 120, name


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_no_shell_is_given_text_that_github_puts_together(file: Path) -> None:
    for step in _steps(file.name):
        assert "${{" not in step.get("run", ""), step


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_no_workflow_knows_a_key_of_aws(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"ADMIN_PASSWORD"}  # of staging's test admin
    assert "inherit" not in text
    assert "aws-access-key-id" not in text


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_a_checkout_leaves_no_token_behind(file: Path) -> None:
    for step in _steps(file.name):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_pull_requests_and_deployments_go_through_the_same_checks() -> None:
    check, deploy = _read("check.yml"), _read("deploy.yml")

    assert set(check[True]) == {"pull_request", "workflow_call"}  # YAML 1.1 takes `on` for true
    assert deploy["jobs"]["check"]["uses"] == "$/.github/workflows/check.yml"
    assert "check" in deploy["jobs"]["staging"]["needs"]
    assert [step["run"] for step in _steps("check.yml") if "run" in step] == ["bash .ci/run"]


def test_prod_gets_a_tag_only_after_staging_was_tried_out() -> None:
    jobs = _read("deploy.yml")["jobs"]

    assert jobs["prod"]["if"] == "github.ref_type == 'tag'"
    assert {"staging", "journeys"} <= set(jobs["prod"]["needs"])
    assert jobs["journeys"]["needs"] == "staging"
    assert "prod" in jobs["release"]["needs"]


def test_prod_gets_the_very_build_that_staging_got() -> None:
    deploy, jobs = _read("deploy-stage.yml"), _read("deploy.yml")["jobs"]

    built = "${{ needs.build.outputs.sha256 }}"
    assert [jobs[name]["with"]["sha256"] for name in ("staging", "prod")] == [built, built]
    commands = [step["run"] for step in deploy["jobs"]["deploy"]["steps"] if "run" in step]
    assert any("sha256sum --check" in command for command in commands)
    assert not any("build" in re.findall(r"make (\S+)|sam (\S+)", command) for command in commands)


def test_one_deployment_to_a_stage_waits_for_the_other_and_is_never_cut_short() -> None:
    job = _read("deploy-stage.yml")["jobs"]["deploy"]

    assert job["concurrency"] == {"group": "deploy-${{ inputs.stage }}", "cancel-in-progress": False}
    assert job["environment"]["name"] == "${{ inputs.stage }}"


def test_every_file_module_and_make_target_that_a_workflow_names_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for file in _FILES for step in _steps(file.name))

    assert set(re.findall(r"\bmake (\S+)", commands)) <= targets
    for name in re.findall(r"tests/\S+\.py|\.ci/run", commands):
        assert (ROOT / name).is_file(), name
    for module in re.findall(r"python -m (infra\.\w+)", commands):
        assert (ROOT / module.replace(".", "/") / "__main__.py").is_file(), module


def test_a_deployment_asks_only_for_variables_that_the_guide_tells_of() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    asked = {name for file in _FILES for name in re.findall(r"vars\.(\w+)", file.read_text(encoding="utf-8"))}

    assert asked >= {"AWS_REGION", "DEPLOY_ROLE_ARN", "EXECUTION_ROLE_ARN", "ARTIFACT_BUCKET"}
    assert {name for name in asked if f"`{name}`" not in guide} == set()


def test_only_the_environments_own_jobs_take_on_its_role(oidc: Stack) -> None:
    [statement] = oidc.property("DeployRole", "AssumeRolePolicyDocument")["Statement"]

    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{_REPOSITORY}:environment:{_ENVIRONMENT}",
        }
    }


def test_a_workflow_can_only_hand_a_build_to_cloud_formation(oidc: Stack) -> None:
    [policy] = oidc.property("DeployRole", "Policies")
    statements = policy["PolicyDocument"]["Statement"]

    services = {action.partition(":")[0] for statement in statements for action in _listed(statement["Action"])}
    assert services == {"cloudformation", "s3", "iam"}
    assert [each["Action"] for each in statements if "iam" in str(each["Action"])] == ["iam:PassRole"]


def test_a_role_that_cloud_formation_makes_is_the_stacks_own_and_gets_no_administrators_policy(oidc: Stack) -> None:
    statements = {
        statement["Sid"]: statement
        for policy in ("NamedResources", "UnnamedResources")
        for statement in oidc.property(policy, "PolicyDocument")["Statement"]
    }

    for name, statement in statements.items():
        if any(action.startswith("iam:") for action in _listed(statement["Action"])):
            assert not any(action == "iam:*" for action in _listed(statement["Action"])), name
            for resource in _listed(statement["Resource"]):
                assert f"/microshop-{_ENVIRONMENT}-" in resource or "/aws-service-role/" in resource, name
    attached = statements["RolesGetNoOtherPolicies"]["Condition"]["ArnLike"]["iam:PolicyARN"]
    assert not any("Administrator" in policy or policy.endswith(":aws:policy/*") for policy in attached)


@pytest.mark.parametrize("policy", ["NamedResources", "UnnamedResources"])
def test_a_policy_keeps_to_the_size_that_iam_allows(oidc: Stack, policy: str) -> None:
    assert len(json.dumps(oidc.property(policy, "PolicyDocument"), separators=(",", ":"))) <= 6144


def _read(name: str) -> Any:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def _steps(name: str) -> list[dict[str, Any]]:
    return [step for job in _read(name)["jobs"].values() for step in job.get("steps", [])]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
