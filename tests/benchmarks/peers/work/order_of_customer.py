"""The work of a read: a row of the database."""

from typing import Any

import pymysql
import pymysql.cursors


def answer(number: str, _body: str | None) -> tuple[int, Any]:
    """Returns status and content."""
    connection = pymysql.connect(host="127.0.0.1", cursorclass=pymysql.cursors.DictCursor, ssl_disabled=True)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, status, total_minor, currency FROM orders WHERE id = %s", (number,))
        order = cursor.fetchone()
    return (200, order) if order else (404, {"message": "no such order"})
