"""What the tests with the real tools share: the build, the image, and a network where containers reach servers."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.sam_build import build
from tools.problems import LocalProblem
from tools.sam_image.image import ensure_image
from tools.sam_local.bridge import Bridge

type Alone = contextlib.AbstractContextManager[Path]


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[], Alone]:
    """Keeps the other workers of this run out of a `with` block; its value is a folder that all of them share."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    @contextlib.contextmanager
    def hold() -> Iterator[Path]:
        with (shared / "sam.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield shared

    return hold


@pytest.fixture(scope="session")
def built(alone: Callable[[], Alone]) -> Path:
    """The artifacts of `sam build`, made once for all workers. Nobody writes to them."""
    with alone() as shared:
        folder = shared / "sam-build"
        if not (folder / "template.yaml").exists():
            build(folder)
    return folder


@pytest.fixture(scope="session")
def image(alone: Callable[[], Alone]) -> None:
    """The image that `sam local` runs functions in."""
    with alone():
        try:
            ensure_image()
        except LocalProblem as problem:
            pytest.exit(f"make sam: {problem}", returncode=1)


@pytest.fixture(scope="session")
def bridge(image: None) -> Iterator[Bridge]:
    """A Docker network of this worker's own."""
    with Bridge() as made:
        yield made
