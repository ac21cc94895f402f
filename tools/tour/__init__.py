"""`make tour`: explains the life of an order by requests to the running shop, and fails on an unexpected answer."""
