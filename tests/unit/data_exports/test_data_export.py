"""The rules of an export of a person's data."""

from datetime import timedelta

from microshop.data_exports.data_export import MAX_ATTEMPTS, DataExport, new_object_key
from microshop.data_exports.view import data_export_list, data_export_view
from tests.support.builders import NOON

_REQUESTED = DataExport(1, 17, "requested", "data-exports/x/my-data.zip", 0, NOON)
_READY = DataExport(1, 17, "ready", "data-exports/x/my-data.zip", 1, NOON, NOON, NOON + timedelta(days=7))


def test_ready_export_expires_on_time() -> None:
    assert _READY.state_at(NOON + timedelta(days=7, seconds=-1)) == "ready"
    assert _READY.state_at(NOON + timedelta(days=7)) == "expired"


def test_only_a_ready_export_has_a_link() -> None:
    linked = data_export_view(_READY, NOON, lambda key, seconds: f"https://s3/{key}?{seconds}")
    expired = data_export_view(_READY, NOON + timedelta(days=8), lambda key, _: key)
    requested = data_export_view(_REQUESTED, NOON, lambda key, _: key)

    assert linked["url"] == "https://s3/data-exports/x/my-data.zip?300"
    assert linked["url_expires_at"] == (NOON + timedelta(minutes=5)).isoformat()
    assert [expired["url"], expired["url_expires_at"], requested["url"], requested["url_expires_at"]] == [None] * 4
    assert expired["status"] == "expired"


def test_list_without_a_ready_export_makes_no_link() -> None:
    def refuse(_key: str, _seconds: int) -> str:
        raise AssertionError

    assert data_export_list([_REQUESTED], refuse)["items"][0]["url"] is None


def test_attempts_are_limited_and_their_pauses_grow() -> None:
    first = DataExport(1, 17, "requested", "key", 1, NOON)
    last = DataExport(1, 17, "requested", "key", MAX_ATTEMPTS, NOON)

    assert (first.may_be_retried, last.may_be_retried) == (True, False)
    assert last.next_attempt_after(NOON) > first.next_attempt_after(NOON) > NOON


def test_object_keys_differ_and_end_with_the_name_of_the_file() -> None:
    one, other = new_object_key(), new_object_key()

    assert one != other
    assert (one.startswith("data-exports/"), one.endswith("/my-data.zip")) == (True, True)
    assert len(one) <= 100
