"""A process of a race that changes the category tree.

Arguments: `named` and a name; `add`, the parent and a name; or `move`, the category and the new parent.
"""

import sys

from microshop.categories.repository import CategoryRepository
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from tests.support.category_staff import CategoryStaff
from tests.support.process_race import act_when_told


def _act(database: Database, kind: str, *arguments: str) -> object:
    staff = CategoryStaff(database)
    match kind:
        case "add":
            return staff.add(arguments[1], int(arguments[0]))
        case "move":
            return staff.move(int(arguments[0]), int(arguments[1]))
    with UnitOfWork(database) as uow:
        found = CategoryRepository(database).named(arguments[0], "en")
        uow.commit()
    return found


if __name__ == "__main__":
    act_when_told(lambda database, _redis: _act(database, *sys.argv[1:]))
