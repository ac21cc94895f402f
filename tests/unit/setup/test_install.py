"""Setup of a complete .venv on a bare machine or after an interrupted installation."""

import ast
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.setup_project import SetupProject, install, script
from tools import ROOT
from tools.setup.install import set_up
from tools.setup.package_sets import DEV, RUN, UV_LOCK
from tools.setup.pythons import find_python
from tools.setup.steps import SetupProblem, step
from tools.setup.virtual_environment import VirtualEnvironment

_READ_BY_AN_OLDER_PYTHON = [ROOT / "tools/__init__.py", ROOT / "tools/problems.py", *ROOT.glob("tools/setup/*.py")]


def test_setup_needs_only_the_standard_library() -> None:
    imported = subprocess.run(
        [sys.executable, "-S", "-m", "tools.setup", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (imported.returncode, imported.stderr) == (0, "")


@pytest.mark.parametrize("module", _READ_BY_AN_OLDER_PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_setup_module_runs_under_python_3_8(module: Path) -> None:
    parsed = ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, 8))

    # Without the import, Python 3.8 evaluates annotations such as `list[str]` and `str | None`, and fails.
    evaluates = "from __future__ import annotations" not in map(ast.unparse, parsed.body)
    assert not (evaluates and _has_annotations(parsed))


def test_broken_python_is_skipped(tmp_path: Path) -> None:
    script(tmp_path / "shims/python3.13", "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
    real = script(tmp_path / "real/python3.13", "#!/bin/sh\necho cpython 3.13.5\n")

    found = find_python({"PATH": f"{tmp_path}/shims:{tmp_path}/real", "HOME": str(tmp_path)})

    assert found == real


def test_python_of_another_version_is_skipped(tmp_path: Path) -> None:
    script(tmp_path / "older/python3.13", "#!/bin/sh\necho cpython 3.12.9\n")
    wanted = script(tmp_path / ".pyenv/versions/3.13.5/bin/python", "#!/bin/sh\necho cpython 3.13.5\n")

    found = find_python({"PATH": f"{tmp_path}/older", "HOME": str(tmp_path)})

    assert found == wanted


def test_python_of_pyenv_is_found_in_its_root(tmp_path: Path) -> None:
    wanted = script(tmp_path / "elsewhere/versions/3.13.1/bin/python", "#!/bin/sh\necho cpython 3.13.1\n")

    found = find_python({"PATH": "", "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "elsewhere")})

    assert found == wanted


def test_python_is_found_with_uv(tmp_path: Path) -> None:
    known = script(tmp_path / "known/python-of-uv", "#!/bin/sh\necho cpython 3.13.5\n")
    script(tmp_path / "path/uv", f"#!/bin/sh\necho {known}\n")

    found = find_python({"PATH": f"{tmp_path}/path", "HOME": str(tmp_path)})

    assert found == known


@pytest.mark.parametrize(
    ("folder", "variables"),
    [
        (".local/share/uv/python", {}),
        ("data/uv/python", {"XDG_DATA_HOME": "data"}),
        ("own", {"UV_PYTHON_INSTALL_DIR": "own"}),
    ],
)
def test_python_of_uv_is_found_without_uv(tmp_path: Path, folder: str, variables: dict[str, str]) -> None:
    kept = script(tmp_path / folder / "cpython-3.13.5-linux/bin/python3.13", "#!/bin/sh\necho cpython 3.13.5\n")
    environment = {name: str(tmp_path / value) for name, value in variables.items()}

    assert find_python({"PATH": "", "HOME": str(tmp_path), **environment}) == kept


def test_empty_clone_is_set_up_once(project: SetupProject) -> None:
    assert [set_up(project.root, DEV, project.environment) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("lock", [UV_LOCK, DEV.lock])
def test_changed_lock_file_is_installed(project: SetupProject, lock: str) -> None:
    set_up(project.root, DEV, project.environment)

    (project.root / lock).write_text("another==1\n")

    assert set_up(project.root, DEV, project.environment)


def test_another_interpreter_is_set_up(project: SetupProject) -> None:
    set_up(project.root, DEV, project.environment)

    script(project.venv / "bin/python", (project.venv / "bin/python").read_text().replace("3.13.5", "3.13.99"))

    assert set_up(project.root, DEV, project.environment)


def test_moved_clone_is_set_up_again(project: SetupProject) -> None:
    set_up(project.root, DEV, project.environment)

    moved = Path(shutil.move(project.root, project.root.with_name("moved")))

    assert not VirtualEnvironment(moved).has(DEV)


def test_shop_is_set_up_without_the_tools_of_tests(project: SetupProject) -> None:
    set_up(project.root, RUN, project.environment)

    assert project.uv_calls[-1].endswith(f"/{RUN.lock}")
    assert not VirtualEnvironment(project.root).has(DEV)


def test_tools_of_tests_are_added_and_stay(project: SetupProject, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(project.root, RUN, project.environment)
    (project.root / DEV.lock).write_text("one==1\ntwo==1\nthree==1\n")
    capsys.readouterr()

    set_up(project.root, DEV, project.environment)

    assert "installing 2 more packages for tests, checks and deployment, about 430 MB" in capsys.readouterr().out
    assert not set_up(project.root, RUN, project.environment)


def test_tools_of_tests_stay_when_a_lock_changes(project: SetupProject) -> None:
    set_up(project.root, DEV, project.environment)
    (project.root / DEV.lock).write_text("another==1\n")

    set_up(project.root, RUN, project.environment)

    assert project.uv_calls[-1].endswith(f"/{DEV.lock}")


def _lose_the_record(metadata: Path) -> None:
    (metadata / "RECORD").unlink()


def _have_the_record_of_the_wheel(metadata: Path) -> None:
    record = metadata / "RECORD"
    record.write_text("\n".join(line for line in record.read_text().splitlines() if "INSTALLER" not in line))


def _have_an_empty_record(metadata: Path) -> None:
    (metadata / "RECORD").write_text("")


def _lose_a_module(metadata: Path) -> None:
    (metadata.parent / "six.py").unlink()


def _cut_a_module_short(metadata: Path) -> None:
    (metadata.parent / "six.py").write_text("ready =")


def _lose_pip(metadata: Path) -> None:
    shutil.rmtree(metadata.parent / "pip-1.dist-info")


def _lose_the_configuration(metadata: Path) -> None:
    (metadata.parents[3] / "pyvenv.cfg").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        _lose_the_record,
        _have_the_record_of_the_wheel,
        _have_an_empty_record,
        _lose_a_module,
        _cut_a_module_short,
        _lose_pip,
        _lose_the_configuration,
    ],
)
def test_damaged_environment_is_recreated(project: SetupProject, damage: Callable[[Path], None]) -> None:
    project.make_venv()
    damage(install(project.site_packages, "six"))

    set_up(project.root, RUN, project.environment)

    assert (project.venv / "pyvenv.cfg").exists()
    assert [package.name for package in project.site_packages.glob("*.dist-info")] == ["pip-1.dist-info"]


def test_environment_is_incomplete_while_a_package_lacks_a_file(project: SetupProject) -> None:
    project.make_venv()
    script(project.venv / "bin/uv", f"#!/bin/sh\nmkdir '{project.site_packages}/half-1.dist-info'\n")

    with pytest.raises(SetupProblem, match=r"half-1\.dist-info was not installed completely.*: run it again"):
        set_up(project.root, RUN, project.environment)

    assert not project.stamp.exists()


def test_failed_download_keeps_the_packages_and_prints_the_output(project: SetupProject) -> None:
    set_up(project.root, RUN, project.environment)
    (project.root / RUN.lock).write_text("another==1\n")
    install(project.site_packages, "six")
    project.uv_will(say="no network", exit_with=1)

    with pytest.raises(SetupProblem, match=r"failed: check the network .* Its output:\n    no network"):
        set_up(project.root, RUN, project.environment)

    assert not project.stamp.exists()
    project.uv_will()
    assert set_up(project.root, RUN, project.environment)
    assert (project.site_packages / "six.py").exists()


def test_setup_waits_for_the_installer_of_a_killed_setup(project: SetupProject) -> None:
    project.make_venv()
    go = project.root / "go"
    script(
        project.venv / "bin/uv",
        f"#!/bin/sh\necho >> '{project.root}/begun'\nuntil [ -e '{go}' ]; do sleep 0.05; done\n",
    )
    with _started(project) as killed:
        while not (project.root / "begun").exists():
            assert killed.poll() is None
            time.sleep(0.01)
        killed.kill()

    with _started(project) as second:
        assert second.stdout is not None
        first_line = second.stdout.readline()
        go.touch()
        second.communicate()

    assert (first_line, second.returncode) == ("setup: another `make` installs the packages; waiting for it\n", 0)


def test_message_names_a_full_disk(project: SetupProject) -> None:
    project.uv_will(say="failed to write: No space left on device (os error 28)", exit_with=2)

    with pytest.raises(SetupProblem, match=r"failed: the disk is full: make room"):
        set_up(project.root, RUN, project.environment)


def test_progress_goes_to_the_terminal(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    with pytest.raises(SetupProblem, match=r"^installing failed, see above: wait$"):
        step("installing", ["/bin/sh", "-c", "echo half >&2; exit 1"], {}, "wait", has_progress=True)

    assert capfd.readouterr().err == "half\n"


def test_read_only_clone_is_refused_in_one_sentence(tmp_path: Path) -> None:
    done = _set_up_of_a_copy(tmp_path, "run")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"setup: {tmp_path}/.microshop cannot be written (" in done.stderr


def test_wrong_port_is_refused_before_the_installation(tmp_path: Path) -> None:
    done = _set_up_of_a_copy(tmp_path, "run", "--port=99999")

    assert (done.returncode, done.stdout) == (1, "")
    assert "PORT=99999 is not a port" in done.stderr


def _has_annotations(parsed: ast.Module) -> bool:
    return any(
        isinstance(node, ast.AnnAssign) or getattr(node, "annotation", None) or getattr(node, "returns", None)
        for node in ast.walk(parsed)
    )


def _started(project: SetupProject) -> subprocess.Popen[str]:
    code = "import os, pathlib; from tools.setup.install import set_up; from tools.setup.package_sets import RUN; "
    code += f"set_up(pathlib.Path({str(project.root)!r}), RUN, os.environ)"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=project.environment, stdout=subprocess.PIPE, text=True
    )


def _set_up_of_a_copy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the setup in a folder where a file has the name of the setup's own folder."""
    shutil.copytree(ROOT / "tools/setup", folder / "tools/setup")
    for name in ("tools/__init__.py", "tools/problems.py", RUN.lock, DEV.lock):
        shutil.copy(ROOT / name, folder / name)
    (folder / ".microshop").touch()
    command = [sys.executable, "-m", "tools.setup", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> SetupProject:
    """An empty clone."""
    return SetupProject(tmp_path)
