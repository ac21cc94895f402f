"""The demo data of a new local shop: products, customers, an admin and orders."""
