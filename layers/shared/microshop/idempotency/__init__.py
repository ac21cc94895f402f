"""Requests that may be sent again: the same user's same key gets the same answer, and has its effect once."""
