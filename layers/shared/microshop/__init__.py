"""microshop: what the shop's functions share."""
