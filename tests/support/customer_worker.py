"""A process of a race that disables a customer. Arguments: the account that acts, and the customer's."""

import sys

from microshop.customers.managing import disable
from microshop.customers.unit_of_work import CustomersUnitOfWork
from microshop.users.sessions import Sessions
from tests.support.builders import a_caller
from tests.support.process_race import act_when_told

if __name__ == "__main__":
    staff, customer = (int(argument) for argument in sys.argv[1:])
    act_when_told(
        lambda database, redis: disable(
            a_caller(user_id=staff), customer, "stolen cards", Sessions(redis), CustomersUnitOfWork(database)
        )
    )
