"""Files of migrations: numbered without gaps, and named alike."""

from pathlib import Path

import pytest

from microshop.migrations.files import MigrationRefused, read_migrations
from tests.support.migration_files import FIRST, SECOND, THIRD, write_migrations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_migrations(tmp_path, first=FIRST, second=SECOND)


@pytest.mark.parametrize("name", ["0002_b.sql", "0003_c.sql"])
def test_a_gap_in_the_numbers_is_refused(tmp_path: Path, name: str) -> None:
    for file in ("0001_a.sql", "0002_b.sql", "0003_c.sql", "0004_d.sql"):
        (tmp_path / file).write_text(FIRST)
    (tmp_path / name).unlink()

    with pytest.raises(MigrationRefused, match="without a gap"):
        read_migrations(tmp_path)


def test_a_duplicate_number_is_refused(folder: Path) -> None:
    (folder / "0002_another.sql").write_text(SECOND)

    with pytest.raises(MigrationRefused, match="renumber them"):
        read_migrations(folder)


@pytest.mark.parametrize("name", ["3_third.sql", "0003.sql", "0003-third.sql", "0003_Third.sql", "third.sql"])
def test_a_file_name_of_another_form_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text(THIRD)

    with pytest.raises(MigrationRefused, match="NNNN_words"):
        read_migrations(folder)
