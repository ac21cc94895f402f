"""Translates error numbers of MySQL and MariaDB into the shop's exceptions."""

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
_CONFLICTS = frozenset({1213, 1205, 1020})
# The server has ended the statement at its time limit: MariaDB's number and MySQL's.
_TIMED_OUT = frozenset({1969, 3024})
# Too many connections (1040, 1203), access denied (1044, 1045, and MariaDB's 1698 for an unknown user), no such
# database (1049), shutting down (1053), killed while it ran (MySQL 1317, MariaDB 1927), read-only in a failover (1290,
# 1836), idle for too long (4031), may not execute the procedure (1370: a rollback to an older release revokes it).
_UNAVAILABLE = frozenset({1040, 1044, 1045, 1049, 1053, 1203, 1290, 1317, 1370, 1698, 1836, 1927, 4031})
_ACCESS_DENIED = 1045
# The user lacks a privilege on the table, or on one of its columns.
_TABLE_DENIED = frozenset({1142, 1143})
# "Check constraint 'products_stock' is violated.", "CONSTRAINT `products_stock` failed for `shop`.`products`",
# "Column 'stock' cannot be null", "Data too long for column 'note' at row 1"
_QUOTED = re.compile(r"['`]([^'`]+)['`]")
# A foreign key's message quotes the table before the constraint.
_FOREIGN_KEY = re.compile(r"CONSTRAINT `([^`]+)` FOREIGN KEY")


class DuplicateKey(Exception):
    """An INSERT or UPDATE violated the unique key `key`. The value is left out: it may be a mail address."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class StatementTimedOut(Exception):
    """The server has ended a query that took longer than its limit (time_limit.py)."""


class ConstraintRefused(Exception):
    """A statement violated the constraint `name`, or the NOT NULL, range or length of the column with that name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def shop_error(error: Exception) -> Exception | None:
    """Returns the shop's exception for a statement that the server refused, or None for any other error."""
    code = error.args[0] if error.args else None
    if code == _DUPLICATE_KEY:
        # "Duplicate entry 'x' for key 'users.email'"; MariaDB leaves out the table.
        return DuplicateKey(str(error.args[1]).rsplit("'", 2)[-2].rpartition(".")[2])
    if code in (_NULL_REFUSED, _PARENT_MISSING) or code in _CHECK_REFUSED or code in _TOO_LARGE:
        named = (_FOREIGN_KEY if code == _PARENT_MISSING else _QUOTED).search(str(error.args[1]))
        return ConstraintRefused(named[1].rpartition(".")[2] if named else "")
    if code in _CONFLICTS:
        return TransactionConflict(f"error {code}")
    if code in _TIMED_OUT:
        return StatementTimedOut(f"error {code}")
    return None


def is_unavailable(code: object) -> bool:
    """Whether an error with this number means that the server cannot serve."""
    # The client library's own codes, below 1000 and from 2000 on, are about the connection.
    return isinstance(code, int) and (code < 1000 or 2000 <= code < 3000 or code in _UNAVAILABLE)


def describe(error: Exception, *, iam: bool) -> str:
    """Returns the reason why the database cannot serve, for operators. It quotes no part of the statement.

    With `iam` the password is a token, which IAM may refuse for its own reasons.
    """
    code = error.args[0] if error.args else None
    # PyMySQL reports a refused certificate as "can't connect" (2003), as it does a server that is down.
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
    # A statement that timed out is also 2013: the server is slow, and a retry would double the wait.
    dropped = not error.args or error.args[0] in (0, 2006, 2013, 4031) or isinstance(error, ConnectionError)
    return dropped and "timed out" not in str(error)


def is_table_denied(error: Exception) -> bool:
    """Whether the user lacks a privilege on a table, so that the statement has not run."""
    return bool(error.args) and error.args[0] in _TABLE_DENIED
