"""`make tour`: narrates the life of an order over HTTP, and fails if the shop answers otherwise."""
