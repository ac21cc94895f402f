"""The bytecode of functions in a build."""

import importlib.util
from pathlib import Path

from tools.release.bytecode import compile_functions

_FUNCTIONS = ("GetOrderFunction/get_order.py", "Messaging/CountOrdersFunction/count_orders.py")


def _build(folder: Path) -> dict[str, bytes]:
    """Write a build and compile it. Returns the bytecode by the name of the source."""
    for name in (*_FUNCTIONS, "SharedLayer/python/microshop/money.py"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("def handler():\n    raise ValueError\n")
    compile_functions(folder)
    compiled = {name: Path(importlib.util.cache_from_source(str(folder / name))) for name in _FUNCTIONS}
    assert sorted(folder.rglob("*.pyc")) == sorted(compiled.values())
    return {name: file.read_bytes() for name, file in compiled.items()}


def test_bytecode_depends_on_the_sources_only(tmp_path: Path) -> None:
    assert _build(tmp_path / "here") == _build(tmp_path / "elsewhere")


def test_bytecode_is_used_without_a_check_and_names_lambdas_folder(tmp_path: Path) -> None:
    for name, content in _build(tmp_path).items():
        assert content[4:8] == b"\x01\x00\x00\x00"  # PEP 552: unchecked hash
        assert f"/var/task/{Path(name).name}".encode() in content
