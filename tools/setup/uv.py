"""Installs uv, the package installer, and gives it the configuration of pip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.setup.steps import run_quietly, step

if TYPE_CHECKING:
    from collections.abc import Mapping

ADVICE = "check the network and the package index settings (PIP_INDEX_URL, HTTPS_PROXY), then run it again"
# A company's own certificate authority is only in the bundle of the system. Without this bundle, uv uses its own.
_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def install_uv(python: Path, lock: Path, environment: Mapping[str, str]) -> None:
    """Install the locked uv beside an interpreter that has pip.

    Raises:
        SetupProblem: the installation failed.
    """
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    step("installing uv", [*pip, "--require-hashes", "-r", str(lock)], environment, ADVICE)


def with_pip_configuration(python: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Returns the environment with pip's package index and the system's certificates, which uv would ignore."""
    configured: dict[str, str] = {}
    configured_index = run_quietly([str(python), "-m", "pip", "config", "get", "global.index-url"], environment)
    index = environment.get("PIP_INDEX_URL") or configured_index.stdout.strip()
    if index and "UV_INDEX_URL" not in environment:
        configured["UV_DEFAULT_INDEX"] = index
    if any(Path(bundle).exists() for bundle in _CERTIFICATES):
        configured["UV_SYSTEM_CERTS"] = "1"
    return {**configured, **environment}
