"""The second factor on the real servers."""
