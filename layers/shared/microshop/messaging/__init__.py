"""Events: from the outbox row of a transaction, over the relay and the bus, to the consumer's effect."""
