"""Exports of orders and money movements as CSV files for accountants, in S3."""
