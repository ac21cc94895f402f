"""Notes of staff about orders."""
