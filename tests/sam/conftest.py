"""What the tests with the real tools share: the build, the image, and a network where containers reach servers."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.sam_image.image import ensure_image
from infra.sam_image.problems import ImageProblem
from tests.support.sam_bridge import Bridge
from tests.support.sam_command import build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The artifacts of `sam build`, made once for all workers. Nobody writes to them."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "sam-build"
    with (shared / "sam-build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template.yaml").exists():
            build(folder)
    return folder


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """The image that `sam local` runs functions in."""
    base = tmp_path_factory.getbasetemp()
    with ((base if worker_id == "master" else base.parent) / "sam-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            ensure_image()
        except ImageProblem as problem:
            pytest.exit(f"make sam: {problem}", returncode=1)


@pytest.fixture(scope="session")
def bridge(image: None) -> Iterator[Bridge]:
    """A Docker network of this worker's own."""
    with Bridge() as made:
        yield made
