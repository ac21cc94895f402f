"""What the database's errors mean to the shop."""

import re

from microshop.errors import TransactionConflict

_DUPLICATE_KEY = 1062
_NULL_REFUSED = 1048
_PARENT_MISSING = 1452
# Out of the column's range, and longer than the column.
_TOO_LARGE = frozenset({1264, 1406})
# MySQL's number and MariaDB's.
_CHECK_REFUSED = frozenset({3819, 4025})
# Deadlock, lock wait timeout, and MariaDB's "record has changed since last read".
_LOST_RACES = frozenset({1213, 1205, 1020})
# Of the server's codes: too many connections (1040, 1203), access denied (1044, 1045, and MariaDB's 1698 for a user
# that is not there), no such database (1049), shutting down (1053), killed while it ran (MySQL 1317, MariaDB 1927),
# read-only in a failover (1290, 1836), idle for too long (4031).
_AWAY = frozenset({1040, 1044, 1045, 1049, 1053, 1203, 1290, 1317, 1698, 1836, 1927, 4031})
_ACCESS_DENIED = 1045
# "Check constraint 'products_stock' is violated.", "CONSTRAINT `products_stock` failed for `shop`.`products`",
# "Column 'stock' cannot be null", "Data too long for column 'note' at row 1"
_QUOTED = re.compile(r"['`]([^'`]+)['`]")
# Of a foreign key, the table is quoted before the constraint.
_FOREIGN_KEY = re.compile(r"CONSTRAINT `([^`]+)` FOREIGN KEY")


class DuplicateKey(Exception):
    """An INSERT or UPDATE hit the unique key `key`. The value stays out: it may be a mail address."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class ConstraintRefused(Exception):
    """A statement broke the constraint called `name`, or the NOT NULL, range or length of the column of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def refusal(error: Exception) -> Exception | None:
    """What the server refused, in the shop's terms; None where that is not what the error is about."""
    code = error.args[0] if error.args else None
    if code == _DUPLICATE_KEY:
        # "Duplicate entry 'x' for key 'users.email'"; MariaDB leaves out the table.
        return DuplicateKey(str(error.args[1]).rsplit("'", 2)[-2].rpartition(".")[2])
    if code in (_NULL_REFUSED, _PARENT_MISSING) or code in _CHECK_REFUSED or code in _TOO_LARGE:
        named = (_FOREIGN_KEY if code == _PARENT_MISSING else _QUOTED).search(str(error.args[1]))
        return ConstraintRefused(named[1].rpartition(".")[2] if named else "")
    if code in _LOST_RACES:
        return TransactionConflict(f"error {code}")
    return None


def is_away(code: object) -> bool:
    """Whether an error of this number says that the server does not serve."""
    # The client library's own codes are about the connection.
    return isinstance(code, int) and (code < 1000 or 2000 <= code < 3000 or code in _AWAY)


def reason(error: Exception, *, iam: bool) -> str:
    """Return why the database does not serve, for operators, and nothing of what was sent to it.

    With `iam` the password was a token, which IAM refuses for reasons of its own.
    """
    code = error.args[0] if error.args else None
    # A certificate that is refused is "can't connect" (2003) to PyMySQL, like a server that is down.
    cause = getattr(error, "original_exception", None)
    named = f"{type(error).__name__} {code}" + (f" of {type(cause).__name__}" if cause else "")
    if code != _ACCESS_DENIED:
        return named
    if not iam:
        return f"{named}, access denied: the user is unknown or has another password"
    return (
        f"{named}, access denied: the role needs rds-db:connect, the user AWSAuthenticationPlugin, and the host must be"
        " the instance's own endpoint"
    )


def was_dropped(error: Exception) -> bool:
    """Whether the connection was closed between two uses, so that the statement has not run."""
    # 2006 server has gone away, 2013 lost connection, 4031 disconnected for idling; 0 is PyMySQL's own "closed".
    # A statement that ran into its timeout is also 2013: the server is slow, and asking again would double the wait.
    dropped = not error.args or error.args[0] in (0, 2006, 2013, 4031) or isinstance(error, ConnectionError)
    return dropped and "timed out" not in str(error)
