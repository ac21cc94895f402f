"""Orders: placing, paying, sending and cancelling them."""
