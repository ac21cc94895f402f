"""The image in Docker. A label with a hash of its sources tells whether it must be built again."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.problems import LocalProblem
from tools.sam_image import file_system

# The image that `sam local` uses for python3.13 and x86_64.
TAG = "public.ecr.aws/lambda/python:3.13-x86_64"
_HASH_LABEL = "microshop.sam-image"
_NOT_OURS = "not ours"
_ENVIRONMENT = {
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}


def ensure_image() -> bool:
    """Build the image unless it is up to date or comes from elsewhere, such as from AWS. Returns whether it was built.

    Raises:
        LocalProblem: this is not Linux, Docker does not answer, or a source file is missing.
    """
    if sys.platform != "linux":  # on other systems, Docker's networks are in a virtual machine
        raise LocalProblem("Linux only: on other systems, containers cannot reach the servers of this machine")
    label = _label()
    if label == _NOT_OURS:
        return False
    fingerprint = _fingerprint()
    if label == fingerprint:
        return False
    with tempfile.TemporaryDirectory(prefix="microshop-sam-image-") as folder:
        root = Path(folder, "root")
        root.mkdir()
        file_system.lay_out(root)
        _import(root, fingerprint)
    return True


def image_id() -> str:
    """Returns Docker's id of the current image."""
    return docker("image", "inspect", "--format", "{{.Id}}", TAG).strip()


def docker(*arguments: str, may_fail: bool = False) -> str:
    """Returns the output of a docker command.

    Raises:
        LocalProblem: Docker is not installed or does not answer, or the command failed.
    """
    program = shutil.which("docker")
    if program is None:
        raise LocalProblem(_NO_DOCKER)
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0 and "Cannot connect to the Docker daemon" in done.stderr:
        raise LocalProblem(_NO_DOCKER)
    if done.returncode != 0 and "permission denied" in done.stderr:
        raise LocalProblem(_REFUSED)
    if done.returncode != 0 and not may_fail:
        raise LocalProblem(f"`docker {arguments[0]}` failed: {done.stderr.strip()}")
    return done.stdout


_NO_DOCKER = (
    "No Docker Engine answers: install one with `apt-get install docker.io busybox-static` and start it"
    " (`service docker start`, or `dockerd` as root), then try again"
)

_REFUSED = "Docker refuses this user: join its group (`sudo usermod -aG docker $USER`) and log in again"


def _label() -> str:
    """Returns the hash in the label of the image, `_NOT_OURS` without a label, or an empty text without an image."""
    inspected = docker("image", "inspect", TAG, may_fail=True).strip() or "[]"
    labels = [image["Config"].get("Labels") or {} for image in json.loads(inspected)]
    return str(labels[0].get(_HASH_LABEL, _NOT_OURS)) if labels else ""


def _fingerprint() -> str:
    """Returns a hash of this package, and of path, size and modification time of each source file."""
    digest = hashlib.sha256(f"{sys.version}\n{_environment_options()}\n".encode())
    for file in filter(Path.is_file, sorted(file_system.HERE.glob("*"))):
        digest.update(file.name.encode() + b"\n" + file.read_bytes())
    for file in file_system.sources():
        about = file.stat()
        digest.update(f"{file} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _import(root: Path, fingerprint: str) -> None:
    # Numeric owners, so that the image is the same for every user.
    tar = ["tar", "-C", str(root), "--numeric-owner", "--owner=0", "--group=0", "-c", "."]
    changes = [f"LABEL {_HASH_LABEL}={fingerprint}", "WORKDIR /var/task", *_environment_options()]
    command = ["docker", "import", *(option for change in changes for option in ("--change", change)), "-", TAG]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as packing:
        done = subprocess.run(command, stdin=packing.stdout, capture_output=True, text=True, check=False)
    if packing.returncode != 0 or done.returncode != 0:
        raise LocalProblem(f"`docker import` failed: {done.stderr.strip()}")


def _environment_options(variables: Mapping[str, str] = _ENVIRONMENT) -> list[str]:
    return [f"ENV {name}={value}" for name, value in variables.items()]
