"""The hash that decides whether a deployment publishes new versions."""

from pathlib import Path

import pytest
import yaml

from tools.release.code_version import code_version, write_parameters
from tools.release.problems import ReleaseProblem

_FILES = {
    "template.yaml": "Resources: {}\n",
    "Messaging/template.yaml": "Resources: {}\n",
    "GetOrderFunction/get_order.py": "handler = None\n",
    "SharedLayer/python/microshop/money.py": "CENTS = 100\n",
    "SharedLayer/python/microshop/__init__.py": "",
    "SharedLayer/python/microshop/migrations/0001_create_users.sql": "CREATE TABLE users (id BIGINT)\n",
}
_PARAMETERS = "Stage: prod\nWaf: on\nStageRateLimit: 100\n"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return _written(tmp_path / "build")


@pytest.fixture
def stage_file(tmp_path: Path) -> Path:
    file = tmp_path / "prod.yaml"
    file.write_text(_PARAMETERS)
    return file


def test_code_version_is_64_hex_digits(build: Path, stage_file: Path) -> None:
    version = code_version(build, stage_file)

    assert len(version) == 64
    assert int(version, 16)


def test_same_build_elsewhere_has_the_same_version(
    build: Path, stage_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, listed = code_version(build, stage_file), Path.rglob
    elsewhere = _written(tmp_path / "another machine")

    for order in (sorted, lambda files: sorted(files, reverse=True)):  # the order of files depends on the file system
        monkeypatch.setattr(Path, "rglob", lambda folder, pattern, order=order: order(listed(folder, pattern)))
        assert code_version(elsewhere, stage_file) == version


def _change_a_layer(build: Path, _: Path) -> None:
    (build / "SharedLayer/python/microshop/money.py").write_text("CENTS = 101\n")


def _change_a_migration(build: Path, _: Path) -> None:
    (build / "SharedLayer/python/microshop/migrations/0001_create_users.sql").write_text(
        "CREATE TABLE users (id INT)\n"
    )


def _change_a_function(build: Path, _: Path) -> None:
    (build / "GetOrderFunction/get_order.py").write_text("handler = True\n")


def _change_a_nested_template(build: Path, _: Path) -> None:
    (build / "Messaging/template.yaml").write_text("Resources: {A: {}}\n")


def _move_a_line_from_one_file_to_its_neighbour(build: Path, _: Path) -> None:
    package = build / "SharedLayer/python/microshop"
    (package / "__init__.py").write_text("CENTS = 100\n")
    (package / "money.py").write_text("")


def _rename_a_file(build: Path, _: Path) -> None:
    (build / "GetOrderFunction/get_order.py").rename(build / "GetOrderFunction/got_order.py")


def _add_an_empty_file(build: Path, _: Path) -> None:
    (build / "GetOrderFunction/new.py").touch()


def _change_a_parameter(_: Path, stage_file: Path) -> None:
    stage_file.write_text(_PARAMETERS.replace("100", "101"))


def _switch_a_parameter_that_yaml_would_take_for_a_boolean(_: Path, stage_file: Path) -> None:
    stage_file.write_text(_PARAMETERS.replace("on", "yes"))


def _leave_a_parameter_out(_: Path, stage_file: Path) -> None:
    stage_file.write_text(_PARAMETERS.replace("Waf: on\n", ""))


def test_any_change_changes_the_version(tmp_path: Path) -> None:
    changes = [
        _change_a_layer,
        _change_a_migration,
        _change_a_function,
        _change_a_nested_template,
        _move_a_line_from_one_file_to_its_neighbour,
        _rename_a_file,
        _add_an_empty_file,
        _change_a_parameter,
        _switch_a_parameter_that_yaml_would_take_for_a_boolean,
        _leave_a_parameter_out,
    ]

    unseen = []
    for change in changes:
        build, stage_file = _written(tmp_path / change.__name__), tmp_path / f"{change.__name__}.yaml"
        stage_file.write_text(_PARAMETERS)
        before = code_version(build, stage_file)
        change(build, stage_file)
        unseen += [change.__name__] if code_version(build, stage_file) == before else []

    assert unseen == []


def test_comments_and_the_order_of_parameters_do_not_change_the_version(build: Path, stage_file: Path) -> None:
    before = code_version(build, stage_file)

    stage_file.write_text("# The stage that earns money.\nStageRateLimit: 100\n\nStage: prod\nWaf: on  # always\n")

    assert code_version(build, stage_file) == before


def test_unchanged_build_can_be_published_again(build: Path, stage_file: Path) -> None:
    usual = code_version(build, stage_file)

    versions = {code_version(build, stage_file, redeploy=why) for why in ("", "restored 1", "restored 2")}

    assert usual in versions
    assert len(versions) == 3


def test_missing_build_is_refused_with_a_hint_to_build(tmp_path: Path, stage_file: Path) -> None:
    with pytest.raises(ReleaseProblem, match="run `make build` first"):
        code_version(tmp_path, stage_file)


@pytest.mark.parametrize("text", [None, "- Stage\n", "Stage: [\n", ""])
def test_unreadable_parameters_are_refused_with_the_file_name(build: Path, tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "odd.yaml"
    if text is not None:
        file.write_text(text)

    with pytest.raises(ReleaseProblem, match=r"odd\.yaml"):
        code_version(build, file)


def test_deployment_is_given_the_stages_parameters_and_the_version(build: Path, stage_file: Path) -> None:
    [file] = write_parameters(build, stage_file.parent, build.parent / "written")

    assert file.name == "prod.yaml"
    assert yaml.safe_load(file.read_text()) == {
        **yaml.safe_load(_PARAMETERS),
        "CodeVersion": code_version(build, stage_file),
    }


def test_missing_parameter_of_a_stage_gets_its_default(build: Path, stage_file: Path) -> None:
    # `sam deploy` keeps the running stack's value of a parameter that it is not given.
    (build / "template.yaml").write_text(
        "Parameters:\n"
        "  Stage: {Type: String}\n"
        "  Waf: {Type: String, Default: 'off'}\n"
        "  DomainName: {Type: String, Default: ''}\n"
        "  EndpointMetrics: {Type: String, Default: 'no'}\n"
        "  DatabaseMinAcu: {Type: Number, Default: 0.5}\n"
        "  CodeVersion: {Type: String, Default: ''}\n"
        "Resources: {}\n"
    )

    [file] = write_parameters(build, stage_file.parent, build.parent / "written")

    assert yaml.safe_load(file.read_text()) == {
        **yaml.safe_load(_PARAMETERS),
        "DomainName": "",
        "EndpointMetrics": "no",
        "DatabaseMinAcu": "0.5",
        "CodeVersion": code_version(build, stage_file),
    }


def test_deployment_without_alarms_moves_all_traffic_at_once(build: Path, stage_file: Path) -> None:
    stage_file.write_text("DeploymentPreference: Canary10Percent5Minutes\nStage: prod\n")
    folder = build.parent / "written"

    written = [
        yaml.safe_load(write_parameters(build, stage_file.parent, folder, alarms=alarms)[0].read_text())
        for alarms in (True, False, True)
    ]

    assert [each["DeploymentPreference"] for each in written] == [
        "Canary10Percent5Minutes",
        "AllAtOnce",
        "Canary10Percent5Minutes",
    ]
    # Lambda publishes no second version of code that an alarm has just rolled back, and CloudFormation fails on that.
    assert written[0]["CodeVersion"] == written[2]["CodeVersion"] != written[1]["CodeVersion"]
    assert written[0]["Stage"] == written[1]["Stage"] == "prod"


def test_each_stage_has_its_own_version(build: Path, stage_file: Path) -> None:
    stage_file.with_name("dev.yaml").write_text(_PARAMETERS.replace("prod", "dev"))

    files = write_parameters(build, stage_file.parent, build.parent / "written")

    assert len({yaml.safe_load(file.read_text())["CodeVersion"] for file in files}) == 2


def test_missing_stages_are_refused(build: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseProblem, match="no stages"):
        write_parameters(build, tmp_path / "nowhere", tmp_path)


def _written(folder: Path) -> Path:
    for name, text in _FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
