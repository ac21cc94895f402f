"""Staff: roles, their members, and who may change them."""
