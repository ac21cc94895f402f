"""A process of a race that registers an address, which is its argument."""

import sys

from microshop.users.registration import register
from microshop.users.schemas import RegisterRequest
from microshop.users.unit_of_work import UsersUnitOfWork
from tests.support.process_race import act_when_told

if __name__ == "__main__":
    request = RegisterRequest(username="Ada", email=sys.argv[1], password="tea for many guests")
    act_when_told(lambda database, _redis: register(request, UsersUnitOfWork(database), shop_name="microshop"))
