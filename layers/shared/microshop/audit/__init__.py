"""The audit log: every write by staff or an API key, in the transaction of the change."""
