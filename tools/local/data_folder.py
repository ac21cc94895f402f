"""Messages for a data folder that cannot be used: a full disk, missing rights, files of another user."""

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
def explain_file_errors(folder: Path) -> Iterator[None]:
    """Raise errors of files in the folder as LocalProblem, within the `with` block.

    Raises:
        LocalProblem: a file belongs to another user, the disk is full, or the folder is not writable.
    """
    _refuse_files_of_other_users(folder)
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise LocalProblem(f"The disk of {folder} is full: make room, then try again") from error
        if error.errno in _NOT_WRITABLE and error.filename and Path(error.filename).is_relative_to(folder):
            raise LocalProblem(
                f"{error.filename} cannot be written ({error.strerror}): make it writable, or clone the repository"
                " into a folder of your own"
            ) from error
        raise


def _refuse_files_of_other_users(folder: Path) -> None:
    if os.geteuid() == 0:  # root may write all files
        return
    for path in _contents(folder):
        try:
            owner = path.lstat().st_uid
        except FileNotFoundError:  # a running server deleted it
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
