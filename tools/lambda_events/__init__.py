"""The events that AWS invokes functions with, as the local stack sends them and events/ shows them."""
