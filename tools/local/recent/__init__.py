"""The recent activity of the stack, in memory: requests, invocations, log lines of functions, deliveries of events."""
