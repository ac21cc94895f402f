"""Builds wheels for installations without a package index."""

from __future__ import annotations

import hashlib
import importlib.metadata
import zipfile
from pathlib import Path


def make_wheel(folder: Path, name: str, version: str, modules: int) -> str:
    """Build the wheel of a package with some modules in the folder. Returns its line of a lock file.

    The package has a program of the same name that prints the version.
    """
    files = {f"{name}/__init__.py": f"def main():\n    print({version!r})\n"}
    files |= {f"{name}/module_{number}.py": f"number = {number}\n" * 20 for number in range(modules)}
    return _packed(folder, name, version, "py3-none-any", {path: text.encode() for path, text in files.items()})


def repack_uv(folder: Path) -> str:
    """Build a wheel of the installed uv in the folder. Returns its line of a lock file."""
    installed = importlib.metadata.distribution("uv")
    programs = {f.name: Path(str(f.locate())) for f in installed.files or [] if f.parts[0] == ".."}
    scripts = {f"uv-{installed.version}.data/scripts/{name}": file.read_bytes() for name, file in programs.items()}
    return _packed(folder, "uv", installed.version, "py3-none-any", scripts, program=False)


def _packed(folder: Path, name: str, version: str, tags: str, files: dict[str, bytes], *, program: bool = True) -> str:
    metadata = f"{name}-{version}.dist-info"
    files[f"{metadata}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    files[f"{metadata}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tags}\n".encode()
    if program:
        files[f"{metadata}/entry_points.txt"] = f"[console_scripts]\n{name} = {name}:main\n".encode()
    files[f"{metadata}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{metadata}/RECORD")).encode()
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}-{version}-{tags}.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16  # executable, as uv is
            archive.writestr(entry, content)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"
