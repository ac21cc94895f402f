"""What a fresh local shop holds: products, customers, an admin and orders."""
