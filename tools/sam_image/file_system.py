"""The content of the image: a shell, CPython 3.13 in Lambda's paths, the runtime client, and their libraries."""

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
# System libraries that manylinux wheels in layers may need (PEP 600 lists them), even if Python itself does not.
_MANYLINUX_LIBRARIES = (
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
    """Returns the path of a static busybox, the image's shell.

    Raises:
        LocalProblem: there is none.
    """
    found = shutil.which("busybox", path=f"{os.environ.get('PATH', '')}:/bin:/usr/bin")
    if found is None or _libraries(Path(found)):
        raise LocalProblem("A static busybox was not found: install it with `apt-get install busybox-static`")
    return Path(found)


def sources() -> list[Path]:
    """Returns the files of this machine that go into the image: Python, its libraries, the shell, the certificates.

    Raises:
        LocalProblem: there is no static busybox.
    """
    interpreter, library = Path(os.path.realpath(sys.executable)), Path(sysconfig.get_path("stdlib"))
    ignored = {"__pycache__", "site-packages"}
    modules = [file for file in library.rglob("*") if file.is_file() and not ignored & set(file.parts)]
    loaded = _libraries(interpreter, *library.glob("lib-dynload/*.so"))
    return sorted({interpreter, *modules, *loaded, busybox(), *filter(Path.exists, [_CERTIFICATES])})


def lay_out(root: Path) -> None:
    """Fill the empty folder with the content of the image.

    Raises:
        LocalProblem: a source file is missing, or a package cannot be downloaded.
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
    """Install AWS's runtime client and boto3 from the lock file, and the bootstrap script."""
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
    """Copy the shared libraries of Python and every extension module, with their paths on this machine."""
    programs = [root / "var/lang/bin/python3.13", *root.glob("var/**/*.so"), *root.glob("var/**/*.so.*")]
    needed = {library for program in programs for library in _libraries(program)}
    folders = {library.parent for library in needed}
    needed |= {folder / name for folder in folders for name in _MANYLINUX_LIBRARIES if (folder / name).exists()}
    for library in needed:
        if not library.name.startswith("libpython"):  # is in /var/lang/lib
            _copy(library, root)


def _libraries(*programs: Path) -> list[Path]:
    """Returns the absolute paths that `ldd` lists; none for a static program."""
    listed = subprocess.run(["/usr/bin/ldd", *programs], capture_output=True, text=True, check=False)
    return [Path(name) for name in _LIBRARY.findall(listed.stdout)]


def _copy(file: Path, root: Path) -> None:
    target = root / file.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)
