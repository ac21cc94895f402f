"""A process of a race that changes the category tree. Arguments: `named` and the name."""

import sys

from microshop.categories.category import NamedCategory
from microshop.categories.repository import CategoryRepository
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from tests.support.process_race import act_when_told


def _named(database: Database, name: str) -> NamedCategory:
    with UnitOfWork(database) as uow:
        found = CategoryRepository(database).named(name, "en")
        uow.commit()
    return found


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    act_when_told(lambda database, _redis: _named(database, *arguments))
