"""What a fresh local shop holds: products, customers and an admin."""
