"""Limits that several domains share."""

MAX_ID = 2**63 - 1
"""The largest id: id columns are BIGINT."""

MAX_REASON_LENGTH = 200
"""The reason for a change: `stock_movements.reason`, `order_history.note`, `refunds.reason`."""
MAX_RETURN_REASON_LENGTH = 160
"""The reason for settling a return. `order_history.note` has the amount before it."""
