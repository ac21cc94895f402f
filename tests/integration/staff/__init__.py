"""Staff on the real servers."""
