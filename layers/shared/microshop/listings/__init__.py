"""Listings: what customers find, with one or more variants (products)."""
