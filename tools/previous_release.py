"""Reads files of the previous release from the git history."""

import subprocess
import tomllib

from tools import ROOT

_GIT = ("/usr/bin/env", "git", "-C", str(ROOT))


class PreviousReleaseMissing(Exception):
    """This clone does not contain the commit of the previous release."""

    def __init__(self, commit: str) -> None:
        super().__init__(f"This clone does not contain the previous release, {commit}: run `git fetch --unshallow`.")


def previous_release() -> str:
    """Returns the commit of the previous release, which pyproject.toml names."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(settings["tool"]["microshop"]["previous_release"])


def released_files(folder: str) -> list[str]:
    """Returns the paths of the files in a folder of the previous release."""
    return _git("ls-tree", "--name-only", previous_release(), f"{folder}/").decode().split()


def released_text(path: str) -> str:
    """Returns a file's text in the previous release.

    Raises:
        PreviousReleaseMissing: the clone is shallow, or the release has no such file.
    """
    return _git("show", f"{previous_release()}:{path}").decode()


def released_archive(*paths: str) -> bytes:
    """Returns a tar archive of the given files and folders of the previous release.

    Raises:
        PreviousReleaseMissing: the clone is shallow.
    """
    return _git("archive", "--format=tar", previous_release(), *paths)


def _git(*arguments: str) -> bytes:
    done = subprocess.run([*_GIT, *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        raise PreviousReleaseMissing(previous_release())
    return done.stdout
