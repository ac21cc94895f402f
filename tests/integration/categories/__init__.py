"""Tests of the category tree on the real database."""
