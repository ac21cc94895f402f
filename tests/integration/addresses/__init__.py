"""Tests of the address book."""
