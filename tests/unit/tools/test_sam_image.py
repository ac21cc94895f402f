"""The image for `sam local`: its content, and when it is rebuilt."""

import os
import sys
from pathlib import Path

import pytest

from tests.support.setup_project import script
from tools.problems import LocalProblem
from tools.sam_image import file_system, image

# A docker command with one image, whose label it stores.
_DOCKER = """#!/bin/sh
label="$0.label"
case "$1" in
    import) cat >/dev/null; for word; do case "$word" in LABEL*) echo "${word#*=}" >"$label";; esac; done;;
    image) read -r hash <"$label" && echo '[{"Config": {"Labels": {"microshop.sam-image": "'"$hash"'"}}}]';;
esac
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sam local is refused elsewhere")
def test_image_from_elsewhere_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "docker", '#!/bin/sh\necho \'[{"Config": {"Labels": null}}]\'\n')
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not image.ensure_image()


def test_user_without_access_to_docker_gets_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "docker", "#!/bin/sh\necho 'permission denied while connecting' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LocalProblem, match=r"^Docker refuses this user: join its group"):
        image.image_id()


def test_sam_local_is_refused_on_systems_other_than_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(LocalProblem, match="Linux only"):
        image.ensure_image()


@pytest.mark.skipif(sys.platform != "linux", reason="the image is built only on Linux")
def test_image_is_rebuilt_when_a_source_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, docker = tmp_path / "json.py", tmp_path / "bin/docker"
    module.write_text("before")
    docker.parent.mkdir()
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(file_system, "sources", lambda: [module])
    monkeypatch.setattr(file_system, "lay_out", lambda root: (root / "file").touch())

    built = [image.ensure_image(), image.ensure_image()]
    module.write_text("another version")
    built += [image.ensure_image(), image.ensure_image()]

    assert built == [True, False, True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="the image is built only on Linux")
def test_image_contains_interpreter_modules_and_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_system, "busybox", lambda: tmp_path / "busybox")

    sources = file_system.sources()

    assert Path(os.path.realpath(sys.executable)) in sources
    assert Path(os.__file__) in sources
    assert any(file.name.startswith("libc.so") for file in sources)
    assert not [file for file in sources if file.suffix == ".pyc"]
