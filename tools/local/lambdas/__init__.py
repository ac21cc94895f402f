"""Lambda: the execution environments of the functions, and the Invoke API."""
