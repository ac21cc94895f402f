"""Set-up on a machine with an older python3 and without Python 3.13: uv installs it for the user."""

import hashlib
import json
import platform
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.setup_clone import SetupClone
from tests.support.setup_project import script

pytestmark = pytest.mark.skipif(
    any(Path(folder, "python3.13").exists() for folder in ("/opt/homebrew/bin", "/usr/local/bin")),
    reason="set-up finds the Python 3.13 of this machine outside PATH",
)
# Set-up asks a Python for its version with -c.
_OLDER_PYTHON = """#!/bin/sh
[ "$1" = -c ] && echo cpython 3.12.1 && exit
exec "{python}" "$@"
"""
_BUILD = "# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"
_LAUNCHER = """#!/bin/sh
exec "{python}" "$@"
"""


def test_setup_installs_python_for_the_user_with_uv(clone: SetupClone, tmp_path: Path) -> None:
    clone.environment["UV_PYTHON_DOWNLOADS_JSON_URL"] = str(_download_of_python(tmp_path))

    output = clone.complete()

    installed = tmp_path / "home/.local/share/uv/python"
    assert f"Python 3.13 was not found: uv installs one for your user, into {installed}" in output
    assert list(installed.glob("cpython-3.13.5-*/bin/python3.13"))
    assert clone.versions() == ["1"] * 3
    assert not (tmp_path / "home/.local/bin").exists()


def test_setup_names_the_remedies_when_python_cannot_be_downloaded(clone: SetupClone, tmp_path: Path) -> None:
    clone.environment["UV_PYTHON_INSTALL_MIRROR"] = f"file://{tmp_path}/nowhere"

    process = clone.start()
    output, _ = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "installing Python 3.13 failed: check the network, name a mirror in UV_PYTHON_INSTALL_MIRROR, or" in output
    assert f"{tmp_path}/nowhere" in output
    assert "Traceback" not in output
    assert not clone.venv.exists()


def _download_of_python(folder: Path) -> Path:
    """A list of downloads for uv. Its small archive has a script that runs the Python of the tests."""
    python = folder / "python"
    script(python / "bin/python3.13", _LAUNCHER.format(python=Path(sys.base_prefix, "bin/python3.13")))
    (python / "lib/python3.13").mkdir(parents=True)
    (python / "lib/python3.13/_sysconfigdata__test_.py").write_text(_BUILD)
    archive = folder / "cpython.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(python, "python")
    machine = {"family": {"arm64": "aarch64"}.get(platform.machine(), platform.machine()), "variant": None}
    system = {"os": "darwin", "libc": "none"} if sys.platform == "darwin" else {"os": "linux", "libc": "gnu"}
    version = {"name": "cpython", "major": 3, "minor": 13, "patch": 5, "prerelease": "", "variant": None, "build": "1"}
    where = {"url": archive.as_uri(), "sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    key = f"cpython-3.13.5-{system['os']}-{machine['family']}-{system['libc']}"
    listed = folder / "downloads.json"
    listed.write_text(json.dumps({key: {**version, "arch": machine, **system, **where}}))
    return listed


@pytest.fixture
def clone(tmp_path: Path) -> SetupClone:
    """A clone of a user whose machine has only an older Python."""
    clone = SetupClone(tmp_path)
    script(tmp_path / "bin/python3", _OLDER_PYTHON.format(python=sys.executable))
    clone.environment |= {"PATH": f"{tmp_path}/bin:/bin", "HOME": str(tmp_path / "home")}
    for name in ("UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME", "PYENV_ROOT", "VIRTUAL_ENV"):
        clone.environment.pop(name, None)
    return clone
