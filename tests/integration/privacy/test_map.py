"""The map of personal data names every column of the schema, and no other."""

from microshop.platform.mysql import Database
from microshop.privacy.columns import TABLES, Whose

_COLUMNS = """
SELECT table_name AS table_name, column_name AS column_name
FROM information_schema.columns
WHERE table_schema = DATABASE()
"""
_ADVICE = (
    "Say in layers/shared/microshop/privacy/columns.py what becomes of each new column when a person is erased: name "
    "it in its table's not_personal, erased, deleted, replaced, kept or expires. Remove columns that no longer exist. "
    "Then run `make documents`."
)


def _in_map() -> list[str]:
    return [f"{name}.{column}" for name, table in TABLES.items() for column, *_ in table.fates()]


def test_map_names_every_column_once(database: Database) -> None:
    columns = {f"{row['table_name']}.{row['column_name']}" for row in database.rows(_COLUMNS)}
    mapped = _in_map()
    missing, gone = sorted(columns - set(mapped)), sorted(set(mapped) - columns)
    twice = sorted({each for each in mapped if mapped.count(each) > 1})

    assert (missing, gone, twice) == ([], [], []), f"missing: {missing}; gone: {gone}; twice: {twice}. {_ADVICE}"


def test_map_finds_the_rows_of_every_table_that_it_changes() -> None:
    unfindable = [
        name
        for name, table in TABLES.items()
        if table.rows is Whose.NOBODY and (table.erased or table.deleted or table.replaced)
    ]
    partly_deleted = [name for name, table in TABLES.items() if table.deleted and (table.erased or table.replaced)]

    assert (unfindable, partly_deleted) == ([], [])


def test_erased_columns_may_be_null(database: Database) -> None:
    refusing = [
        f"{name}.{column}"
        for name, table in TABLES.items()
        for column in table.erased.split()
        if database.row(
            "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %(table)s "
            "AND column_name = %(column)s AND is_nullable = 'NO'",
            {"table": name, "column": column},
        )
    ]

    assert refusing == []
