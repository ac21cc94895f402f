"""Tests of the rules of the category tree."""
