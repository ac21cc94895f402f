"""Deploys the whole shop with the unmodified `sam deploy` to a moto server, and records the result."""

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
    """One run of `sam deploy`: its output, and stack → its resources afterwards, transformed."""

    output: str
    stacks: dict[str, dict[str, Any]]
    custom: list[tuple[str, str]]  # requests to custom resources: ("Create" or "Update", logical id)

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
    """A moto server as the AWS account of one stage."""

    url: str
    deployed: Deployed
    _seen: int = field(default=0)

    def deploy(self, build: Path) -> Deployment:
        """Run the documented `sam deploy`, with the parameters that `make deploy` writes for this build."""
        parameters = build.parent / f"{build.name}-parameters"
        write_parameters(build, ROOT / "infra" / "stages", parameters)
        done = self._sam(
            *("deploy", "--config-env", STAGE, "--config-file", str(ROOT / "samconfig.toml")),
            *("--template-file", str(build / "template.yaml")),
            *("--parameter-overrides", f"file://{parameters}/{STAGE}.yaml"),
            *("--no-confirm-changeset", "--no-progressbar"),
        )
        assert done.returncode == 0, "\n".join((done.stdout, done.stderr, *self.deployed.failures))
        requests, self._seen = self.deployed.custom[self._seen :], len(self.deployed.custom)
        return Deployment(done.stdout + done.stderr, self._resources(), requests)

    def delete(self) -> dict[str, dict[str, Any]]:
        """Delete the stack; `sam delete` cannot read the URLs of moto's S3. Returns the remaining resources."""
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
    """Copy the build and append one byte to a file of the shared layer. Returns the copy."""
    changed = folder / "changed"
    shutil.copytree(build, changed)
    with (changed / "SharedLayer/python/microshop/__init__.py").open("ab") as file:
        file.write(b"\n")
    return changed
