"""Exports of everything that the shop stores about a person (GDPR, Articles 15 and 20): a zip of JSON and CSV files."""
