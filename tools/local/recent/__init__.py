"""The last minutes of the stack in memory: requests, invocations, log lines of functions, and deliveries of events."""
