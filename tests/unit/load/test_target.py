"""What a load test knows of its URL, and which it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.table_rows import not_refused, wrong_answers
from tools.load.target import Target, find_target
from tools.problems import LocalProblem
from tools.templates import stages

_API = "https://abc123.execute-api.eu-central-1.amazonaws.com"


def test_the_stage_comes_from_the_url_or_from_the_variable(tmp_path: Path) -> None:
    def stage(url: str, given: str | None) -> str:
        return find_target(url, given, tmp_path, force=False).stage

    rows = [
        (f"{_API}/dev", None, "dev"),
        (f"{_API}/staging/", None, "staging"),
        ("https://shop.example.com", "staging", "staging"),
        ("http://127.0.0.1:3001", "prod", ""),
    ]

    assert wrong_answers(stage, rows) == []


def test_the_throttling_of_a_stage_is_that_of_its_file(tmp_path: Path) -> None:
    limits = {name: find_target(f"{_API}/{name}", None, tmp_path, force=True).rate_limit for name in stages.NAMES}

    assert limits == {name: stages.parameters(name)["StageRateLimit"] for name in stages.NAMES}


@pytest.mark.parametrize(
    ("url", "stage", "reason"),
    [
        (f"{_API}/prod", None, "serves customers: FORCE=yes"),
        ("https://api.example.com", "prod", "serves customers: FORCE=yes"),
        ("https://api.example.com", None, "is unknown: write STAGE=dev|staging|prod"),
        (f"{_API}/dev", "staging", "is the stage dev, but STAGE is staging"),
        ("127.0.0.1:3000", None, "URL must be the URL of a shop"),
        (None, None, "the shop is not running"),
    ],
)
def test_a_url_is_refused_in_a_sentence(tmp_path: Path, url: str | None, stage: str | None, reason: str) -> None:
    def find(_row: None) -> Target:
        return find_target(url, stage, tmp_path, force=False)

    assert not_refused(find, [None], reason, LocalProblem) == []


def test_production_gets_the_load_only_by_force(tmp_path: Path) -> None:
    assert find_target(f"{_API}/prod", None, tmp_path, force=True).stage == "prod"


def test_a_domain_of_a_stage_file_names_its_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "parameters", lambda name: {"DomainName": f"{name}.example.com", "StageRateLimit": 7})

    with pytest.raises(LocalProblem, match="serves customers"):
        find_target("https://prod.example.com", None, tmp_path, force=False)


def test_the_running_shop_is_the_default_with_its_provider_and_throttling(tmp_path: Path) -> None:
    _runs(tmp_path, url="http://127.0.0.1:3005", stripe_url="http://127.0.0.1:4242", rate_limit=100.0)

    target = find_target(None, None, tmp_path, force=False)

    assert target == Target(
        "http://127.0.0.1:3005", "", 100.0, is_running_shop=True, provider_url="http://127.0.0.1:4242"
    )
    assert find_target("http://127.0.0.1:3006", None, tmp_path, force=False) == Target("http://127.0.0.1:3006")


def test_the_real_stripe_is_never_a_local_provider(tmp_path: Path) -> None:
    _runs(tmp_path, url="http://127.0.0.1:3005", stripe_url="https://api.stripe.com", rate_limit=None)

    assert find_target(None, None, tmp_path, force=False).provider_url == ""


def test_a_rate_above_the_throttling_is_a_warning_that_names_its_setting() -> None:
    local = Target("http://127.0.0.1:3000", rate_limit=100, is_running_shop=True)
    deployed = Target(f"{_API}/dev", "dev", rate_limit=50)

    assert not list(local.warnings(100))
    assert "LOCAL_THROTTLE=off make run" in next(local.warnings(101))
    assert "50 requests a second (StageRateLimit in infra/stages/dev.yaml)" in next(deployed.warnings(51))
    assert not list(Target("http://127.0.0.1:3000", rate_limit=None).warnings(5000))


def _runs(data_folder: Path, **parts: Any) -> None:
    (data_folder / "run").mkdir()
    (data_folder / "run" / "stack.json").write_text(json.dumps(parts), encoding="utf-8")
