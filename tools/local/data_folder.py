"""Says in one sentence why the data folder cannot be used: a full disk, no right to write, files of another user."""

import contextlib
import errno
import os
import pwd
import shlex
from collections.abc import Iterator
from pathlib import Path

from tools.problems import LocalProblem

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextlib.contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn errors of the block that come from the folder into problems that a developer can solve.

    Raises:
        LocalProblem: a file belongs to another user, the disk is full, or the folder may not be written.
    """
    _refuse_files_of_others(folder)
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise LocalProblem(f"The disk of {folder} is full: make room on it, then try again") from error
        if error.errno in _NOT_WRITABLE and error.filename and Path(error.filename).is_relative_to(folder):
            raise LocalProblem(
                f"{error.filename} cannot be written ({error.strerror}): take the right to write there, or clone the"
                " repository into a folder of your own"
            ) from error
        raise


def _refuse_files_of_others(folder: Path) -> None:
    if os.geteuid() == 0:  # may do everything
        return
    for path in _contents(folder):
        try:
            owner = path.lstat().st_uid
        except FileNotFoundError:  # a server that runs has deleted it
            continue
        if owner != os.geteuid():
            quoted = shlex.quote(str(folder))
            raise LocalProblem(
                f"{path} belongs to {_name(owner)}, as after `sudo make run`: delete the data with"
                f" `sudo rm -r {quoted}`, or keep it with `sudo chown -R {_name(os.geteuid())} {quoted}`"
            )


def _contents(folder: Path) -> Iterator[Path]:
    if folder.exists():
        yield folder
    for parent, folders, files in folder.walk():
        yield from (parent / name for name in (*folders, *files))


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
