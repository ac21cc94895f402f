"""When the image for `sam local` is made again."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.support.setup_project import script
from tools.problems import LocalProblem
from tools.sam_image import file_system, image


def test_the_image_is_out_of_date_when_a_file_of_its_python_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "json.py"
    module.write_text("before")
    monkeypatch.setattr(file_system, "sources", lambda: [module])
    before = image._fingerprint()

    same = image._fingerprint()
    module.write_text("another version")

    assert same == before
    assert image._fingerprint() != before


_DOCKER = """#!/bin/sh
[ "$1 $2" = "image inspect" ] && echo '{inspected}'
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sam local is refused elsewhere")
def test_an_image_that_was_not_made_here_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "docker", _DOCKER.format(inspected=json.dumps([{"Config": {"Labels": None}}])))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not image.ensure_image()


def test_sam_local_is_refused_on_other_systems_than_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(LocalProblem, match="Linux only"):
        image.ensure_image()


@pytest.mark.skipif(sys.platform != "linux", reason="the image is made on Linux only")
def test_the_image_is_made_of_the_interpreter_its_modules_and_what_they_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_system, "busybox", lambda: tmp_path / "busybox")

    sources = file_system.sources()

    assert Path(os.path.realpath(sys.executable)) in sources
    assert Path(os.__file__) in sources
    assert any(file.name.startswith("libc.so") for file in sources)
    assert not [file for file in sources if file.suffix == ".pyc"]
