"""Operations of the shop by staff, with audit rows. The operator's commands use the same modules without them."""
