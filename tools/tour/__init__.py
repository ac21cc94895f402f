"""`make tour`: shows the life of an order with requests to the running shop, and fails on an unexpected response."""
