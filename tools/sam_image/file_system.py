"""Owns what the image holds: a shell, CPython 3.13 where Lambda has it, the runtime's client, their libraries."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tools.problems import LocalProblem

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
BOOTSTRAP = HERE / "bootstrap"
# Packages of Lambda's layers expect these of the system (PEP 600 lists them), whether Python itself needs them or not.
_PROMISED_BY_MANYLINUX = (
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "librt.so.1",
    "libdl.so.2",
    "libpthread.so.0",
    "libutil.so.1",
)
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_NOT_FOR_LAMBDA = shutil.ignore_patterns(
    "__pycache__", "site-packages", "dist-packages", "test", "idlelib", "tkinter", "ensurepip", "config-3.13*"
)
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def busybox() -> Path:
    """The static busybox that is the image's shell.

    Raises:
        LocalProblem: there is none.
    """
    found = shutil.which("busybox", path=f"{os.environ.get('PATH', '')}:/bin:/usr/bin")
    if found is None or _libraries(Path(found)):
        raise LocalProblem("A static busybox was not found: install it with `apt-get install busybox-static`")
    return Path(found)


def sources() -> list[Path]:
    """The files of this machine that the image is made of: Python, what it loads, the shell, the certificates.

    Raises:
        LocalProblem: there is no shell.
    """
    interpreter, library = Path(os.path.realpath(sys.executable)), Path(sysconfig.get_path("stdlib"))
    changed_by_use = {"__pycache__", "site-packages"}
    modules = [file for file in library.rglob("*") if file.is_file() and not changed_by_use & set(file.parts)]
    loaded = _libraries(interpreter, *library.glob("lib-dynload/*.so"))
    return sorted({interpreter, *modules, *loaded, busybox(), *filter(Path.exists, [_CERTIFICATES])})


def lay_out(root: Path) -> None:
    """Fill the empty folder with all that the image holds.

    Raises:
        LocalProblem: something that goes into it is missing, or a package cannot be fetched.
    """
    _put_shell(root)
    _put_python(root / "var/lang")
    _put_runtime(root / "var/runtime")
    _put_libraries(root)
    for name in ("var/task", "opt", "proc", "sys", "dev", "etc", "tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/tmp:/bin/sh\n")
    if _CERTIFICATES.exists():
        _copy(_CERTIFICATES, root)


def _put_shell(root: Path) -> None:
    program = busybox()
    (root / "bin").mkdir()
    shutil.copy(program, root / "bin/busybox")
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    for applet in listed.stdout.split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")


def _put_python(lang: Path) -> None:
    (lang / "bin").mkdir(parents=True)
    shutil.copy(os.path.realpath(sys.executable), lang / "bin/python3.13")
    shutil.copytree(sysconfig.get_path("stdlib"), lang / "lib/python3.13", symlinks=True, ignore=_NOT_FOR_LAMBDA)
    (lang / "lib/python3.13/site-packages").mkdir()
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython3.13.so*"):
        shutil.copy(library, lang / "lib" / library.name)


def _put_runtime(runtime: Path) -> None:
    """AWS's runtime client and boto3 from the lock file, and what starts them."""
    arguments = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--only-binary=:all:"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        *arguments,
        f"--target={runtime}",
        f"--requirement={REQUIREMENTS}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalProblem(f"The runtime's packages could not be installed: {done.stderr.strip()[-800:]}")
    shutil.copy(BOOTSTRAP, runtime / "bootstrap")
    (runtime / "bootstrap").chmod(0o755)


def _put_libraries(root: Path) -> None:
    """What the dynamic linker would load for Python and every extension module, each at its place on this machine."""
    programs = [root / "var/lang/bin/python3.13", *root.glob("var/**/*.so"), *root.glob("var/**/*.so.*")]
    needed = {library for program in programs for library in _libraries(program)}
    folders = {library.parent for library in needed}
    needed |= {folder / name for folder in folders for name in _PROMISED_BY_MANYLINUX if (folder / name).exists()}
    for library in needed:
        if not library.name.startswith("libpython"):  # stands in /var/lang/lib
            _copy(library, root)


def _libraries(*programs: Path) -> list[Path]:
    """The absolute paths that `ldd` names; none for a static program."""
    listed = subprocess.run(["/usr/bin/ldd", *programs], capture_output=True, text=True, check=False)
    return [Path(name) for name in _LIBRARY.findall(listed.stdout)]


def _copy(file: Path, root: Path) -> None:
    target = root / file.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)
