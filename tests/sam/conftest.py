"""Fixtures of the tests with SAM: the build, the image, and a Docker network from which containers reach servers."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.sam_build import build
from tools.problems import LocalProblem
from tools.sam_image.image import ensure_image
from tools.sam_local.bridge import Bridge

type Lock = contextlib.AbstractContextManager[Path]


@pytest.fixture(scope="session")
def exclusive(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[], Lock]:
    """A lock between the workers of this run. Entering it returns a folder that they share."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    @contextlib.contextmanager
    def hold() -> Iterator[Path]:
        with (shared / "sam.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield shared

    return hold


@pytest.fixture(scope="session")
def built(exclusive: Callable[[], Lock]) -> Path:
    """The artifacts of `sam build`, built once for all workers. Tests do not write to them."""
    with exclusive() as shared:
        folder = shared / "sam-build"
        if not (folder / "template.yaml").exists():
            build(folder)
    return folder


@pytest.fixture(scope="session")
def image(exclusive: Callable[[], Lock]) -> None:
    """Builds the image in which `sam local` runs functions."""
    with exclusive():
        try:
            ensure_image()
        except LocalProblem as problem:
            pytest.exit(f"make sam: {problem}", returncode=1)


@pytest.fixture(scope="session")
def bridge(image: None) -> Iterator[Bridge]:
    """A Docker network for this worker."""
    with Bridge() as made:
        yield made
