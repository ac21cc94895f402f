"""The arguments that Python passes to the procedure that places orders."""

from microshop.orders.events import OrderCreated
from microshop.orders.history import Actor, Change
from microshop.orders.placing_repository import arguments
from microshop.platform.mysql import Database
from tests.support.order_builders import a_line, a_new_order

_PARAMETERS = """
SELECT parameter_name AS name
FROM information_schema.parameters
WHERE specific_schema = DATABASE()
  AND specific_name = 'place_order_1'
ORDER BY ordinal_position
"""


def test_the_arguments_are_in_the_order_of_the_parameters(database: Database) -> None:
    order = a_new_order(a_line())
    given = arguments(Change(order, "placed", Actor("customer", 17), OrderCreated.of(order)), [], 5, None)

    assert [f"p_{name}" for name in given] == [row["name"] for row in database.rows(_PARAMETERS)]
