"""The stack as code, and the local stack that runs it on a laptop."""
