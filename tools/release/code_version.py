"""The code version: one hash over everything that determines the behaviour of functions.

SAM publishes a new version of a function if the logical id of its AWS::Lambda::Version changes. With
AutoPublishCodeSha256, that id depends only on the given hash, so a changed layer or environment variable goes live only
if it changes the hash. Therefore the hash includes functions, layers, templates and parameters.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.release.problems import ReleaseProblem

_NO_ALARMS = {"DeploymentPreference": "AllAtOnce"}
_PREFERENCE = re.compile(r"^DeploymentPreference:.*$", re.MULTILINE)  # a line of every stage's file


def code_version(build: Path, stage_file: Path, *, redeploy: str = "", alarms: bool = True) -> str:
    """Returns 64 hex digits, which are the same for the same build and parameters on every machine.

    Any text in `redeploy` changes the hash. It publishes functions that are already deployed, after a change that only
    AWS knows, such as the address of a database that was restored under another name. Without `alarms`, the hash is
    that of a deployment without alarms (see `write_parameters`).

    Raises:
        ReleaseProblem: there is no build, or the stage's parameters cannot be read.
    """
    digest = hashlib.sha256()
    for line in _lines(build, parameters_in(stage_file) | ({} if alarms else _NO_ALARMS), redeploy):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def write_parameters(build: Path, stages: Path, folder: Path, *, redeploy: str = "", alarms: bool = True) -> list[Path]:
    """Write each stage's parameters for `sam deploy`: its own, the defaults, and the code version. Returns the files.

    A file has every parameter of the template. `sam deploy` keeps the current value of a missing parameter, so a line
    that an operator removes from the stage's file would stay in effect.

    Without `alarms`, no alarm can refuse the deployment or roll it back: all traffic moves at once, without CodeDeploy.
    The stage's own file does not change, so the next deployment checks the alarms again.

    Raises:
        ReleaseProblem: as `code_version`, or there are no stages.
    """
    stage_files = sorted(stages.glob("*.yaml"))
    if not stage_files:
        raise ReleaseProblem(f"there are no stages in {stages}: a stage is a file of parameters")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for stage_file in stage_files:
        version = code_version(build, stage_file, redeploy=redeploy, alarms=alarms)
        file = folder / stage_file.name
        own = stage_file.read_text(encoding="utf-8").rstrip()
        if not alarms:
            own = _PREFERENCE.sub("DeploymentPreference: AllAtOnce  # only this time: no alarm is checked", own)
        defaults = _defaults(build / "template.yaml", parameters_in(stage_file))
        left = yaml.safe_dump(defaults, default_style='"', sort_keys=False) if defaults else ""
        file.write_text(f'{own}\n\n{left}CodeVersion: "{version}"\n', encoding="utf-8")
        written.append(file)
    return written


def _defaults(template: Path, given: Mapping[str, Any]) -> dict[str, str]:
    """Returns the defaults of the parameters that the stage leaves out, as text."""
    declared = yaml.load(template.read_text(encoding="utf-8"), Loader=yaml.BaseLoader).get("Parameters", {})  # noqa: S506 (text only)
    return {
        name: parameter["Default"]
        for name, parameter in declared.items()
        if "Default" in parameter and name not in given and name != "CodeVersion"
    }


def _lines(build: Path, parameters: Mapping[str, Any], redeploy: str) -> Iterator[str]:
    if not (build / "template.yaml").is_file():
        raise ReleaseProblem(f"there is no build in {build}: run `make build` first")
    for name, value in sorted(parameters.items()):
        yield json.dumps(["parameter", name, value])
    files = (file for file in build.rglob("*") if file.is_file())
    for name, file in sorted((file.relative_to(build).as_posix(), file) for file in files):
        yield json.dumps(["file", name, hashlib.sha256(file.read_bytes()).hexdigest()])
    yield json.dumps(["redeploy", redeploy])


def parameters_in(stage_file: Path) -> dict[str, Any]:
    """Returns the parameters of a stage by name, each value as text.

    Raises:
        ReleaseProblem: the file cannot be read as parameters.
    """
    try:
        # Text only, because YAML reads `on` as true and 010 as eight.
        read = yaml.load(stage_file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (text only)
    except (OSError, yaml.YAMLError) as error:
        raise ReleaseProblem(f"the parameters in {stage_file} cannot be read: {error}") from error
    if not isinstance(read, dict):
        raise ReleaseProblem(f"{stage_file} must have one `Name: value` per line")
    return read
