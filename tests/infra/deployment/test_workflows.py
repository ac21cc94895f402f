"""The workflows on GitHub: what they could do if somebody turned them. Their roles have tests of their own."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
_FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"^\s*(?:- )?uses: (?:\$/(\S+)|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")


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
            "advisories.yml": set(),
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


def test_advisories_are_asked_for_regularly_and_hold_up_no_deployment() -> None:
    workflow = _read("advisories.yml")

    assert workflow[True].keys() == {"schedule", "pull_request", "workflow_dispatch"}
    assert "make advisories" in [step.get("run") for step in _steps("advisories.yml")]
    assert not any("advisories" in str(job.get("uses")) for job in _read("deploy.yml")["jobs"].values())
    assert "advisories" not in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_advisories_are_asked_for_on_every_locked_package() -> None:
    [patterns] = re.findall(r"^LOCKS = (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    asked = {file for pattern in re.findall(r"[\w./*-]+\.txt", patterns) for file in ROOT.glob(pattern)}

    locks = {file.with_suffix(".txt") for file in ROOT.rglob("requirements*.in") if ".venv" not in str(file)}

    assert asked == locks


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


def test_a_push_asks_the_alarms_and_a_person_may_switch_them_off_for_one_deployment() -> None:
    deploy = _read("deploy.yml")

    assert deploy[True]["workflow_dispatch"]["inputs"]["alarms"]["options"] == ["on", "off"]
    for stage in ("staging", "prod"):
        assert deploy["jobs"][stage]["with"]["alarms"] == "${{ inputs.alarms || 'on' }}"


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


def _read(name: str) -> Any:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def _steps(name: str) -> list[dict[str, Any]]:
    return [step for job in _read(name)["jobs"].values() for step in job.get("steps", [])]
