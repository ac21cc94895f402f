"""The zip of an export: readable by others, and never in memory as a whole."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator

from microshop.data_exports.archive import Archive
from tests.support.builders import NOON


class _Target:
    """Receives the bytes of a zip, like an upload."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


class _Discard:
    """Receives and forgets the bytes."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)


def _read(target: _Target, name: str) -> object:
    with zipfile.ZipFile(io.BytesIO(bytes(target.data))) as archive:
        assert archive.testzip() is None
        return json.loads(archive.read(name))


def test_items_become_a_json_list() -> None:
    target = _Target()
    archive = Archive(target)
    archive.add_items("none.json", [])
    archive.add_items("two.json", [{"name": "茶"}, {"name": 'a"b'}])
    archive.finish()

    assert (_read(target, "none.json"), _read(target, "two.json")) == ([], [{"name": "茶"}, {"name": 'a"b'}])


def test_amounts_are_decimals_and_times_are_in_utc() -> None:
    target = _Target()
    archive = Archive(target)
    archive.add_json("order.json", {"total_minor": 1999, "return_refund_minor": None, "currency": "EUR", "at": NOON})
    archive.finish()

    shown = {"total": "19.99", "return_refund": None, "currency": "EUR", "at": NOON.isoformat()}
    assert _read(target, "order.json") == shown


def test_long_list_does_not_fit_into_memory_but_into_the_zip() -> None:
    def items() -> Iterator[dict[str, object]]:
        for number in range(20_000):
            yield {"number": number, "text": "a" * 500}

    target = _Discard()
    tracemalloc.start()
    archive = Archive(target)
    archive.add_items("long.json", items())
    archive.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert target.size > 0
    assert peak < 2_000_000  # of 10 MB
