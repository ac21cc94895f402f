"""Measures and prints the table."""

from tests.benchmarks.hot_product import measure
from tests.benchmarks.report import main

if __name__ == "__main__":
    main(measure)
