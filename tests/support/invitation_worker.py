"""A process of a race that accepts an invitation. Arguments: the token, and the name of a new account or nothing."""

import sys

from tests.support.invitations import Invitations
from tests.support.process_race import act_when_told

if __name__ == "__main__":
    token, username = sys.argv[1], sys.argv[2] or None
    act_when_told(lambda database, redis: Invitations(database, redis).accept(token, username=username))
