"""Events on their way from a transaction's outbox row through relay and bus to the consumers."""
