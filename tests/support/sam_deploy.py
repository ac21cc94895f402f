"""Deploys the whole shop with the unchanged `sam deploy` to a moto server, and keeps what came of it."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.server import ThreadedMotoServer

from tests.support.sam_moto import patched
from tools import ROOT
from tools.local.events.resources import client
from tools.release.code_version import write_parameters
from tools.sam_local.command import sam

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.sam_stand_in import Deployed

STAGE, STACK = "dev", "microshop-dev"


@dataclass(frozen=True)
class Deployment:
    """One run of `sam deploy`: what it said, and the resources of each stack afterwards, transformed, by stack."""

    said: str
    stacks: dict[str, dict[str, Any]]
    custom: list[tuple[str, str]]  # custom resources that were asked, as ("Create" or "Update", logical id)

    def ids(self, *kinds: str) -> set[str]:
        """The logical ids in all stacks of resources of these types."""
        return {
            name
            for resources in self.stacks.values()
            for name, resource in resources.items()
            if resource["Type"] in kinds
        }


@dataclass
class Target:
    """A moto server that is an AWS account of one stage."""

    url: str
    deployed: Deployed
    _told: int = field(default=0)

    def deploy(self, build: Path) -> Deployment:
        """`sam deploy` as it is documented, with the parameters that `make deploy` writes for this build."""
        parameters = build.parent / f"{build.name}-parameters"
        write_parameters(build, ROOT / "infra" / "stages", parameters)
        done = self._sam(
            *("deploy", "--config-env", STAGE, "--config-file", str(ROOT / "samconfig.toml")),
            *("--template-file", str(build / "template.yaml")),
            *("--parameter-overrides", f"file://{parameters}/{STAGE}.yaml"),
            *("--no-confirm-changeset", "--no-progressbar"),
        )
        assert done.returncode == 0, "\n".join((done.stdout, done.stderr, *self.deployed.failures))
        told, self._told = self.deployed.custom[self._told :], len(self.deployed.custom)
        return Deployment(done.stdout + done.stderr, self._resources(), told)

    def delete(self) -> dict[str, dict[str, Any]]:
        """Delete the stack as `sam delete` would, which does not read the addresses of this S3; what is left."""
        client("cloudformation", self.url).delete_stack(StackName=STACK)
        return self._resources()

    def _resources(self) -> dict[str, dict[str, Any]]:
        return {
            name: dict(stack.template_dict["Resources"])
            for name, stack in self.deployed.stacks().items()
            if name.startswith(STACK)
        }

    def _sam(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        anybody = {"AWS_ACCESS_KEY_ID": "anybody", "AWS_SECRET_ACCESS_KEY": "anything"}
        return sam(*arguments, AWS_ENDPOINT_URL=self.url, **anybody)


@contextlib.contextmanager
def target() -> Iterator[Target]:
    """An empty account."""
    with patched() as deployed:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            yield Target(f"http://{host}:{port}", deployed)
        finally:
            server.stop()


def with_one_byte_more(build: Path, folder: Path) -> Path:
    """A copy of the build in which one file of the shared layer has one byte more."""
    changed = folder / "changed"
    shutil.copytree(build, changed)
    with (changed / "SharedLayer/python/microshop/__init__.py").open("ab") as file:
        file.write(b"\n")
    return changed
