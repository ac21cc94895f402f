"""The way from a bare machine to .venv: which Python is taken, and when there is nothing to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.setup import install as bootstrap
from tools.setup.install import SetupProblem, find_python, set_up, stamp_of

# As `python3 install.py` does: its folder comes first on the path, and nothing of the standard library is loaded yet.
_IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); import runpy; runpy.run_path(sys.argv[1] + '/install.py')"


def test_nothing_beside_the_script_hides_a_module_of_the_standard_library() -> None:
    folder = str(Path(bootstrap.__file__).parent)

    imported = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _IMPORT, folder], capture_output=True, text=True, check=False
    )

    assert (imported.returncode, imported.stderr) == (0, "")


def test_a_python_that_only_looks_like_one_is_passed_over(tmp_path: Path) -> None:
    shims = _folder_with(tmp_path / "shims", "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
    real = _folder_with(tmp_path / "real", "#!/bin/sh\necho cpython 3.13.5\n")

    found = find_python({"PATH": f"{shims}:{real}", "HOME": str(tmp_path)})

    assert found == str(real / "python3.13")


def test_a_python_of_another_version_is_passed_over(tmp_path: Path) -> None:
    older = _folder_with(tmp_path / "older", "#!/bin/sh\necho cpython 3.12.9\n")
    versions = _folder_with(tmp_path / ".pyenv/versions/3.13.5/bin", "#!/bin/sh\necho cpython 3.13.5\n", "python")

    found = find_python({"PATH": str(older), "HOME": str(tmp_path)})

    assert found == str(versions / "python")


def test_pyenv_is_searched_where_it_says_it_is(tmp_path: Path) -> None:
    versions = _folder_with(tmp_path / "elsewhere/versions/3.13.1/bin", "#!/bin/sh\necho cpython 3.13.1\n", "python")

    found = find_python({"PATH": "", "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "elsewhere")})

    assert found == str(versions / "python")


def test_uv_is_asked_for_the_pythons_that_it_keeps(tmp_path: Path) -> None:
    kept = _folder_with(tmp_path / "kept", "#!/bin/sh\necho cpython 3.13.5\n", "python-of-uv")
    path = _folder_with(tmp_path / "path", f"#!/bin/sh\necho {kept}/python-of-uv\n", "uv")

    found = find_python({"PATH": str(path), "HOME": str(tmp_path)})

    assert found == str(kept / "python-of-uv")


def test_without_a_python_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_version_of", lambda _: "")

    with pytest.raises(SetupProblem, match=r"Python 3\.13 .* was not found: install it with"):
        find_python({"PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_a_complete_environment_is_left_alone(project: Path) -> None:
    (project / ".venv/setup-stamp").write_text(stamp_of(project))

    assert set_up(project, {}) is False


@pytest.mark.parametrize("lock", ["tools/setup/requirements.txt", "requirements-dev.txt"])
def test_a_changed_lock_file_changes_the_stamp(project: Path, lock: str) -> None:
    before = stamp_of(project)

    (project / lock).write_text("another==1\n")

    assert stamp_of(project) != before


def test_another_interpreter_changes_the_stamp(project: Path) -> None:
    before = stamp_of(project)

    _folder_with(project / ".venv/bin", "#!/bin/sh\necho cpython 3.13.99\n", "python")

    assert stamp_of(project) != before


def test_a_moved_project_is_set_up_anew_because_scripts_name_its_folder(project: Path) -> None:
    before = stamp_of(project)

    moved = Path(shutil.move(project, project.with_name("moved")))

    assert stamp_of(moved) != before


def test_a_failed_step_leaves_no_stamp_and_keeps_what_the_tool_said(project: Path) -> None:
    _folder_with(project / ".venv/bin", '#!/bin/sh\n[ "$1" = -c ] && echo cpython 3.13.5 && exit\necho no; exit 1\n')
    (project / ".venv/bin/python3.13").rename(project / ".venv/bin/python")
    (project / ".venv/setup-stamp").write_text("old")

    with pytest.raises(SetupProblem, match=r"failed: .* It said:\n    no"):
        set_up(project, {"PATH": str(project / ".venv/bin"), "HOME": str(project)})

    assert not (project / ".venv/setup-stamp").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with lock files and a .venv around the Python that runs this."""
    root = tmp_path / "project"
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    (root / "tools/setup").mkdir(parents=True)
    for lock in ("tools/setup/requirements.txt", "requirements-dev.txt"):
        (root / lock).write_text("one==1\n")
    return root


def _folder_with(folder: Path, script: str, name: str = "python3.13") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.unlink(missing_ok=True)
    file.write_text(script)
    file.chmod(0o755)
    return folder
