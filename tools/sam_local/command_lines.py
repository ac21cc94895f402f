"""Command lines of `sam local` for a build. Its functions use the servers of an inventory."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING

from samcli.lib.providers.provider import LayerVersion

from tools.local.servers.ports_and_passwords import LOOPBACK
from tools.sam_image.image import image_id
from tools.sam_local.command import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.sam_local.bridge import Bridge
    from tools.sam_local.functions import SamFunction
    from tools.templates.model import Inventory

# start-api ignores an authorizer that is named by an alias. All operations would then respond 401.
_BY_ALIAS, _BY_ARN = "Ref: AuthorizerFunction.Alias", "Fn::GetAtt: [AuthorizerFunction, Arn]"
# Paths of a built template, which are relative to it.
_PATHS = re.compile(r"^( +(?:CodeUri|ContentUri|Location): )([\w./]+)$", re.MULTILINE)


class CommandLines:
    """Arguments of `sam`. The folder must be private, because the passwords of the functions are written to it."""

    def __init__(self, build: Path, folder: Path, inventory: Inventory, bridge: Bridge) -> None:
        self._build = build
        self._layers = _cached_layers(build, folder / "layers")
        self._template = _for_sam_local(build, folder / "template.yaml", self._layers)
        self._options = [
            *("--env-vars", str(_variables(inventory, folder / "variables.json"))),
            *("--layer-cache-basedir", str(folder / "layers"), *bridge.options),
        ]

    def invoke(self, function: SamFunction, event: Path) -> list[str]:
        """`sam local invoke` with the event of a file."""
        template = self._root() if not function.stack else self._nested(function.stack)
        return ["local", "invoke", function.logical_id, "--event", str(event), *template, *self._options]

    def start_api(self, port: int) -> list[str]:
        """`sam local start-api`: SAM serves the APIs of the root stack and of nested stacks on one port."""
        # EAGER would start every function of every stack.
        listening = ["--host", LOOPBACK, "--port", str(port), "--warm-containers", "LAZY"]
        return ["local", "start-api", *listening, *self._root(), *self._options]

    def start_lambda(self, stack: str, port: int) -> list[str]:
        """`sam local start-lambda` over a nested stack."""
        listening = ["--host", LOOPBACK, "--port", str(port), "--warm-containers", "LAZY"]
        return ["local", "start-lambda", *listening, *self._nested(stack), *self._options]

    def _root(self) -> list[str]:
        return ["--template", str(self._template)]

    def _nested(self, stack: str) -> list[str]:
        # `sam local invoke Stack/Function` does not find layers of the parent, because it mistakes the logical id of
        # `Ref` for an ARN. With the ARNs as parameters, it finds the layers in its cache.
        layers = [f"{name}Arn={arn}" for name, arn in self._layers.items()]
        return ["--template", str(self._build / stack / "template.yaml"), "--parameter-overrides", *layers]


def _for_sam_local(build: Path, file: Path, layers: Mapping[str, str]) -> Path:
    """Write a copy of the root template with an authorizer and layers that SAM finds. The build stays unchanged."""
    template = (build / "template.yaml").read_text().replace(_BY_ALIAS, _BY_ARN)
    for name, arn in layers.items():
        # In a nested stack, SAM mistakes the logical id for an ARN.
        template = re.sub(rf"^( +{name}Arn:)\n +Ref: {name}$", rf"\1 {arn}", template, flags=re.MULTILINE)
    file.write_text(_PATHS.sub(lambda found: f"{found[1]}{build.resolve() / found[2]}", template))
    return file


def _variables(inventory: Inventory, file: Path) -> Path:
    """Write the file for `--env-vars`: logical id → environment. Returns the file."""
    file.write_text(json.dumps({each.logical_id: dict(each.environment) for each in inventory.functions.values()}))
    return file


def _cached_layers(build: Path, cache: Path) -> dict[str, str]:
    """Copy the built layers into SAM's cache of layers. Returns logical id → ARN.

    The ARN contains a hash of contents and base image, because SAM finds an image with the layers by their ARNs.
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
