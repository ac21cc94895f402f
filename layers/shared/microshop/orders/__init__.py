"""Orders: placing, paying, shipping, returning and cancelling them."""
