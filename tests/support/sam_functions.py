"""Every function of every stack, as `sam local invoke` runs it."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samcli.lib.providers.provider import LayerVersion

from tests.support.functions import ROOT
from tests.support.sam_command import REGION, sam
from tools.sam_image.image import image_id
from tools.templates.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.sam_bridge import Bridge
    from tools.templates.model import Inventory

_TEMPLATE = ROOT / "template.yaml"
_NOWHERE = "http://aws.invalid"
# Makes every function exist that exists in some deployment.
EVERYTHING = {
    "DatabaseUrl": "mysql://user:password@database.invalid/shop",
    "MigrationDatabaseUrl": "mysql://user:password@database.invalid/shop",
    "RedisUrl": "redis://redis.invalid",
    "DatabaseAdminSecretArn": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:admin",
    "ContinuousRelay": "off",  # one pass, instead of polls until shortly before the timeout
}


@dataclass(frozen=True)
class SamFunction:
    """A function. `stack` is its nested stack's logical id, empty for the root; `event` is the stem of its sample."""

    stack: str
    logical_id: str
    event: str

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}" if self.stack else self.logical_id


@functools.cache
def functions() -> tuple[SamFunction, ...]:
    """All that the templates have."""
    root = Stack(_TEMPLATE, name="x", parameters=EVERYTHING, aws_endpoint_url=_NOWHERE)
    return tuple(
        SamFunction(
            stack.name.removeprefix("x").lstrip("-"), name, str(stack.property(name, "Handler")).partition(".")[0]
        )
        for stack in root.every()
        for name, _ in stack.resources("AWS::Lambda::Function")
    )


class Invoker:
    """Runs functions of a build, with the environment variables that an inventory has for each."""

    def __init__(self, build: Path, folder: Path, inventory: Inventory, bridge: Bridge) -> None:
        self._build, self._bridge = build, bridge
        self._variables = folder / "variables.json"
        self._variables.write_text(json.dumps(variables(inventory)))
        self._layers = cached_layers(build, folder / "layers")
        self._cache = folder / "layers"

    def invoke(self, function: SamFunction) -> Any:
        """What the function answers to its sample event.

        A nested stack is given as a template of its own: `sam local invoke Stack/Function` does not find layers of the
        parent (it takes the logical id that `Ref` leaves for an ARN). By their ARNs it finds them in its cache.
        """
        template = self._build / function.stack / "template.yaml"
        parameters = [f"{name}Arn={arn}" for name, arn in self._layers.items()] if function.stack else []
        done = sam(
            *("local", "invoke", function.logical_id, "--template", str(template)),
            *("--event", str(ROOT / "events" / f"{function.event}.json"), "--env-vars", str(self._variables)),
            *("--layer-cache-basedir", str(self._cache), *self._bridge.options),
            *(("--parameter-overrides", *parameters) if parameters else ()),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])


def variables(inventory: Inventory) -> dict[str, dict[str, str]]:
    """Logical id → environment, for `--env-vars`."""
    return {function.logical_id: dict(function.environment) for function in inventory.functions.values()}


def cached_layers(build: Path, cache: Path) -> dict[str, str]:
    """Put the built layers where SAM would keep downloaded ones; logical id → ARN.

    The ARN tells the contents and the base image: SAM goes by it when it looks for an image that has the layers.
    """
    arns, image = {}, image_id()
    for layer in sorted(folder.parent for folder in build.glob("*/python")):
        arn = f"arn:aws:lambda:{REGION}:123456789012:layer:{layer.name}-{_hash(layer, image)}:1"
        shutil.copytree(layer, cache / LayerVersion(arn, None).name)
        arns[layer.name] = arn
    return arns


def _hash(folder: Path, image: str) -> str:
    digest = hashlib.sha256(image.encode())
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(folder)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]
