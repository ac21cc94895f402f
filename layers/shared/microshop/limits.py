"""Limits that several domains share."""

MAX_ID = 2**63 - 1
"""The largest id: columns of ids are BIGINT."""

MAX_REASON_LENGTH = 200
"""Of the reason that a person gives for a change: `stock_movements.reason`, `order_history.note`, `refunds.reason`."""
MAX_RETURN_REASON_LENGTH = 160
"""Of the reason for the settlement of a return, which is noted in `order_history` with the amount before it."""
