"""The base class of events, which treats declared fields like `@dataclass`."""

import pytest

from microshop.users.events import UserRegistered
from tools.documents.event_schemas import event_classes


def test_event_data_are_the_fields_of_the_class_in_order() -> None:
    assert list(UserRegistered(language="en", user_id=17).data.items()) == [("user_id", 17), ("language", "en")]


@pytest.mark.parametrize("fields", [{"user_id": 17}, {"user_id": 17, "language": "en", "email": "ada@example.com"}])
def test_event_is_refused_with_missing_or_unknown_fields(fields: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="UserRegistered has the fields user_id, language"):
        UserRegistered(**fields)  # type: ignore[arg-type]


def test_no_field_of_an_event_hides_its_envelope() -> None:
    envelope = {"id", "time", "data", "aggregate", "type", "version", "fields"}

    assert {kind.type: hidden for kind in event_classes().values() if (hidden := envelope & set(kind.fields()))} == {}
