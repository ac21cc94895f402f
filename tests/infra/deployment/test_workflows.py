"""The workflows on GitHub: their permissions, order and commands. zizmor looks for unsafe steps (`make lint`)."""

import itertools
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
_FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflows_have_only_these_write_permissions() -> None:
    writing = {
        (file.name, name, permission)
        for file in _FILES
        for name, job in _read(file.name)["jobs"].items()
        for permission, access in job.get("permissions", {}).items()
        if access == "write"
    }

    assert {file.name for file in _FILES if _read(file.name)["permissions"] not in ({}, {"contents": "read"})} == set()
    assert writing == {
        ("deploy.yml", "staging", "id-token"),
        ("deploy.yml", "prod", "id-token"),
        ("deploy.yml", "release", "contents"),
        ("deploy-stage.yml", "deploy", "id-token"),
    }


def test_every_job_has_a_timeout_and_a_named_runner() -> None:
    # A job that calls a workflow has those of its jobs.
    jobs = {
        (file.name, name): (job.get("runs-on"), job.get("timeout-minutes", 360) <= 120)
        for file in _FILES
        for name, job in _read(file.name)["jobs"].items()
        if "uses" not in job
    }

    assert jobs == dict.fromkeys(jobs, ("ubuntu-24.04", True)) != {}


def test_no_workflow_has_a_key_of_aws() -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in _FILES}

    secrets = {secret for text in texts.values() for secret in re.findall(r"secrets\.(\w+)", text)}
    assert secrets == {"ADMIN_PASSWORD"}  # of the test admin of staging
    assert {name for name, text in texts.items() if "aws-access-key-id" in text} == set()


def test_pull_requests_and_deployments_run_the_same_checks() -> None:
    check, deploy = _read("check.yml"), _read("deploy.yml")

    assert set(check[True]) == {"pull_request", "workflow_call"}  # YAML 1.1 takes `on` for true
    assert deploy["jobs"]["check"]["uses"] == "$/.github/workflows/check.yml"
    assert "check" in deploy["jobs"]["staging"]["needs"]
    assert [step["run"] for step in _steps("check.yml") if "run" in step] == ["bash .ci/run"]


def test_advisories_are_checked_on_a_schedule_and_block_no_deployment() -> None:
    workflow = _read("advisories.yml")

    assert workflow[True].keys() == {"schedule", "pull_request", "workflow_dispatch"}
    assert "make advisories" in [step.get("run") for step in _steps("advisories.yml")]
    assert not any("advisories" in str(job.get("uses")) for job in _read("deploy.yml")["jobs"].values())
    assert "advisories" not in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_advisories_are_checked_for_every_locked_package() -> None:
    [patterns] = re.findall(r"^LOCKS = (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    asked = {file for pattern in re.findall(r"[\w./*-]+\.txt", patterns) for file in ROOT.glob(pattern)}

    locks = {file.with_suffix(".txt") for file in ROOT.glob("[!.]*/**/requirements*.in")} | {
        file.with_suffix(".txt") for file in ROOT.glob("requirements*.in")
    }

    assert asked == locks


def test_prod_gets_a_tag_only_after_the_journeys_on_staging() -> None:
    jobs = _read("deploy.yml")["jobs"]

    assert jobs["prod"]["if"] == "github.ref_type == 'tag'"
    assert {"staging", "journeys"} <= set(jobs["prod"]["needs"])
    assert jobs["journeys"]["needs"] == "staging"
    assert "prod" in jobs["release"]["needs"]


def test_prod_gets_the_build_of_staging() -> None:
    deploy, jobs = _read("deploy-stage.yml"), _read("deploy.yml")["jobs"]

    built = "${{ needs.build.outputs.sha256 }}"
    assert [jobs[name]["with"]["sha256"] for name in ("staging", "prod")] == [built, built]
    commands = [step["run"] for step in deploy["jobs"]["deploy"]["steps"] if "run" in step]
    assert any("sha256sum --check" in command for command in commands)
    assert not any("build" in re.findall(r"make (\S+)|sam (\S+)", command) for command in commands)


def test_a_person_may_switch_alarms_off_for_one_deployment() -> None:
    deploy = _read("deploy.yml")

    assert deploy[True]["workflow_dispatch"]["inputs"]["alarms"]["options"] == ["on", "off"]
    for stage in ("staging", "prod"):
        assert deploy["jobs"][stage]["with"]["alarms"] == "${{ inputs.alarms || 'on' }}"


def test_deployments_to_a_stage_run_one_after_the_other() -> None:
    job = _read("deploy-stage.yml")["jobs"]["deploy"]

    assert job["concurrency"] == {"group": "deploy-${{ inputs.stage }}", "cancel-in-progress": False}
    assert job["environment"]["name"] == "${{ inputs.stage }}"


def test_files_modules_and_tasks_in_workflows_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for file in _FILES for step in _steps(file.name))

    called = [re.findall(r"uses: \$/(\S+)", file.read_text(encoding="utf-8")) for file in _FILES]
    tasks = set(re.findall(r"\bmake (\S+)", commands))
    modules = set(re.findall(r"python -m (tools[\w.]*)", commands))
    files = {*re.findall(r"tests/\S+\.py|\.ci/run", commands), *itertools.chain(*called)}

    assert tasks - targets == set() != tasks
    assert {name for name in files if not (ROOT / name).is_file()} == set() != files
    assert (
        {name for name in modules if not (ROOT / name.replace(".", "/") / "__main__.py").is_file()} == set() != modules
    )


def test_the_guide_names_every_variable_of_a_deployment() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    asked = {name for file in _FILES for name in re.findall(r"vars\.(\w+)", file.read_text(encoding="utf-8"))}

    assert asked >= {"AWS_REGION", "DEPLOY_ROLE_ARN", "EXECUTION_ROLE_ARN", "ARTIFACT_BUCKET"}
    assert {name for name in asked if f"`{name}`" not in guide} == set()


def _read(name: str) -> Any:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def _steps(name: str) -> list[dict[str, Any]]:
    return [step for job in _read(name)["jobs"].values() for step in job.get("steps", [])]
