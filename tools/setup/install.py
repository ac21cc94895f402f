"""Owns the way from a bare machine to a complete .venv: finds Python 3.13 and installs the locked packages.

Run by the system's own python3, with its standard library alone: `python3 tools/setup/install.py`.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (the interpreter that reads this is not yet the project's)
    sys.exit("setup: python3 is older than 3.10: put a newer one first on PATH, for example with `pyenv global 3.13`")

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_WANTED = "cpython 3.13"
_UV_LOCK = "tools/setup/requirements.txt"
_LOCKS = (_UV_LOCK, "requirements-dev.txt")
# A company's own authority is known to the system only; a system without any leaves uv with the ones it carries.
_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
# Debian leaves ensurepip out of python3.13 unless python3.13-venv is installed: such a Python does not do.
_ASK_VERSION = "import sys, venv, ensurepip; print(sys.implementation.name, '%d.%d.%d' % sys.version_info[:3])"


class SetupProblem(Exception):
    """A step failed; the text is one sentence that says what to do, and perhaps what the tool said."""


def set_up(root: Path, environment: Mapping[str, str]) -> bool:
    """Make .venv what the lock files say; returns whether there was anything to do.

    Raises:
        SetupProblem: a step failed.
    """
    if _is_complete(root):
        return False
    with _one_at_a_time(root):
        if _is_complete(root):  # another `make` was faster
            return False
        _install(root, environment)
        _stamp_file(root).write_text(stamp_of(root))
    return True


def stamp_of(root: Path) -> str:
    """What .venv was made from: the locks, the interpreter as it runs now, and the place, which scripts name."""
    digest = hashlib.sha256(f"{root}\n{_version_of(root / '.venv/bin/python')}\n".encode())
    for lock in _LOCKS:
        digest.update((root / lock).read_bytes())
    return digest.hexdigest()


def find_python(environment: Mapping[str, str]) -> str:
    """The path of a Python 3.13 that runs and can make virtual environments.

    Raises:
        SetupProblem: there is none.
    """
    for candidate in _candidates(environment):
        if _version_of(candidate).startswith(_WANTED):
            return str(candidate)
    raise SetupProblem(
        "Python 3.13 with its venv module was not found: install it with `uv python install 3.13`, `pyenv install"
        " 3.13`, `brew install python@3.13` or the system's packages (python3.13 and python3.13-venv), then try again"
    )


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    folders = [Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder]
    for name in ("python3.13", "python3", "python"):
        yield from (folder / name for folder in folders)
    home = Path(environment.get("HOME", "/"))
    for pyenv in (Path(environment.get("PYENV_ROOT") or home / ".pyenv"), home / ".pyenv"):
        yield from sorted(pyenv.glob("versions/3.13*/bin/python"), reverse=True)
    yield from (Path("/opt/homebrew/bin/python3.13"), Path("/usr/local/bin/python3.13"))
    uv = shutil.which("uv", path=environment.get("PATH"))
    if uv:
        found = _run_quietly([uv, "python", "find", "3.13"])
        if found.returncode == 0:
            yield Path(found.stdout.strip())


def _version_of(python: Path) -> str:
    """What the interpreter says of itself; nothing if it is missing or, like a pyenv shim, only looks like one."""
    if not os.access(python, os.X_OK):
        return ""
    asked = _run_quietly([str(python), "-c", _ASK_VERSION])
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _is_complete(root: Path) -> bool:
    stamp = _stamp_file(root)
    return stamp.exists() and stamp.read_text() == stamp_of(root)


def _install(root: Path, environment: Mapping[str, str]) -> None:
    _stamp_file(root).unlink(missing_ok=True)
    if _version_of(root / ".venv/bin/python").startswith(_WANTED):
        try:
            _install_packages(root, environment)
        except SetupProblem:
            _say("the packages do not go into the .venv that is there, so it is made anew")
        else:
            return
    _make_venv(root, environment)
    _install_packages(root, environment)


def _make_venv(root: Path, environment: Mapping[str, str]) -> None:
    python = find_python(environment)
    _step(
        f"making .venv with {python}",
        [python, "-m", "venv", "--clear", str(root / ".venv")],
        environment,
        advice="make sure that this folder is writable and the disk has room",
    )


def _install_packages(root: Path, environment: Mapping[str, str]) -> None:
    python = str(root / ".venv/bin/python")
    advice = "check the network and the package index settings (PIP_INDEX_URL, HTTPS_PROXY), then run it again"
    # Without bytecode on the disk every start of a function would compile boto3 again.
    environment = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    _step(
        "installing uv",
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(root / _UV_LOCK)],
        environment,
        advice,
    )
    sync = ["pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode"]
    _step(
        "installing the locked packages",
        [str(root / ".venv/bin/uv"), *sync, str(root / "requirements-dev.txt")],
        _as_pip_is_configured(python, environment),
        advice,
    )


def _as_pip_is_configured(python: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with pip's package index and the system's certificates, which uv by itself does not look at."""
    configured: dict[str, str] = {}
    asked = _run_quietly([python, "-m", "pip", "config", "get", "global.index-url"], environment)
    index = environment.get("PIP_INDEX_URL") or asked.stdout.strip()
    if index and "UV_INDEX_URL" not in environment:
        configured["UV_DEFAULT_INDEX"] = index
    if any(Path(bundle).exists() for bundle in _CERTIFICATES):
        configured["UV_SYSTEM_CERTS"] = "1"
    return {**configured, **environment}


def _step(what: str, command: Sequence[str], environment: Mapping[str, str], advice: str) -> None:
    print(f"setup: {what} ... ", end="", flush=True)
    begun = time.monotonic()
    done = _run_quietly(command, environment)
    print(f"{time.monotonic() - begun:.0f} s" if done.returncode == 0 else "failed", flush=True)
    if done.returncode != 0:
        said = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-20:])
        raise SetupProblem(f"{what} failed: {advice}. It said:\n{said}")


def _run_quietly(
    command: Sequence[str], environment: "Mapping[str, str] | None" = None
) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:  # not a program for this machine, or gone since it was found
        return subprocess.CompletedProcess(command, 127, "", str(error))


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    (root / ".microshop").mkdir(exist_ok=True)
    with (root / ".microshop" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp_file(root: Path) -> Path:
    return root / ".venv" / "setup-stamp"


def _say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def main() -> None:
    """Set up, or say in one sentence why not."""
    try:
        if set_up(ROOT, os.environ):
            _say("done")
    except SetupProblem as problem:
        sys.exit(f"setup: {problem}")
    except KeyboardInterrupt:
        sys.exit("\nsetup: interrupted; run it again to complete it")


if __name__ == "__main__":
    main()
