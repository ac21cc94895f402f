"""microshop: the code that the shop's functions share."""
