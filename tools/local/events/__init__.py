"""EventBridge, SQS and the schedules: what invokes a function without an HTTP request."""
