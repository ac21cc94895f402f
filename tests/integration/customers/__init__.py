"""Tests of customers as staff manage them."""
