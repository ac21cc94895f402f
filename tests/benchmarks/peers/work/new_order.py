"""The work of a write: a body that pydantic checks, and a transaction."""

from typing import Any

import pymysql
from pydantic import BaseModel, Field


class Line(BaseModel):
    """A line of an order."""

    product_id: int
    quantity: int = Field(ge=1, le=100)


class Address(BaseModel):
    """Where the order goes."""

    name: str = Field(max_length=200)
    street: str = Field(max_length=200)
    postal_code: str = Field(max_length=20)
    city: str = Field(max_length=100)
    country: str = Field(pattern="^[A-Z]{2}$")


class NewOrder(BaseModel):
    """The body of the request."""

    lines: list[Line] = Field(min_length=1, max_length=50)
    address: Address


def answer(_number: str, body: str | None) -> tuple[int, Any]:
    """Returns status and content."""
    order = NewOrder.model_validate_json(body or "")
    with pymysql.connect(host="127.0.0.1", ssl_disabled=True) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO orders (address) VALUES (%s)", (order.address.model_dump_json(),))
        lines = [(cursor.lastrowid, line.product_id, line.quantity) for line in order.lines]
        cursor.executemany("INSERT INTO order_lines (order_id, product_id, quantity) VALUES (%s, %s, %s)", lines)
        connection.commit()
    return 201, {"id": cursor.lastrowid}
