"""The base of all events, which makes of the fields that a class declares what `@dataclass` would."""

import pytest

from microshop.users.events import UserRegistered
from tools.documents.event_schemas import event_classes


def test_the_data_of_an_event_are_the_fields_of_its_class_in_their_order() -> None:
    assert list(UserRegistered(language="en", user_id=17).data.items()) == [("user_id", 17), ("language", "en")]


@pytest.mark.parametrize("fields", [{"user_id": 17}, {"user_id": 17, "language": "en", "email": "ada@example.com"}])
def test_an_event_is_refused_with_other_fields_than_its_class_declares(fields: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"UserRegistered has the fields \['user_id', 'language'\]"):
        UserRegistered(**fields)  # type: ignore[arg-type]


def test_no_field_of_an_event_hides_its_envelope() -> None:
    envelope = {"id", "time", "data", "aggregate", "type", "version", "fields"}

    assert {kind.type: hidden for kind in event_classes().values() if (hidden := envelope & set(kind.fields()))} == {}
