"""Limits the time that a query may take in the server.

The read timeout of the connection (mysql.py) is for servers that do not answer: the request becomes a 503, and the
query goes on in the server. A query whose cost depends on the words of a client needs a limit of its own, below it.
"""

# MariaDB runs the comment with M, which MySQL ignores, and ignores the hint.
MARIADB_PREFIX = "/*M!"


def time_limited(select: str, seconds: int) -> str:
    """Returns the query with the limit.

    The server ends a longer query with an error, which is StatementTimedOut in mysql_errors.py.
    """
    return (
        f"{MARIADB_PREFIX} SET STATEMENT max_statement_time = {seconds} FOR */"
        f" SELECT /*+ MAX_EXECUTION_TIME({seconds * 1000}) */ {select.strip().removeprefix('SELECT')}"
    )
