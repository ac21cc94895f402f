"""Fills a shop's database with believable data of any size: `make load-data`.

The server itself computes the rows, with INSERT … SELECT from a table of numbers. A row depends only on its number, so
an interrupted load continues where it stopped.
"""
