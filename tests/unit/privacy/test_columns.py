"""The map of personal data covers what is outside the database, and gives its reasons."""

from microshop.privacy.columns import REASONS, REDIS_KEYS, TABLES
from tests.support.nested_stacks import NestedStack


def test_map_has_every_pattern_of_keys_in_redis() -> None:
    rules = str(NestedStack("data")["RedisUser"]["AccessString"]).split()

    assert {rule[1:] for rule in rules if rule[0] == "~"} == set(REDIS_KEYS)


def test_map_explains_every_column_that_stays() -> None:
    notes = {note for table in TABLES.values() for note in (*table.kept.values(), *table.expires.values())}

    assert notes == set(REASONS)
