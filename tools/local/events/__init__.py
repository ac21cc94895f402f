"""EventBridge, SQS and schedules, which invoke functions without an HTTP request."""
