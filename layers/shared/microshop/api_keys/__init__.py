"""API keys: tokens of programs that act for a member of staff."""
