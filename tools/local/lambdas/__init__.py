"""Lambda: execution environments of functions, and the Invoke API."""
