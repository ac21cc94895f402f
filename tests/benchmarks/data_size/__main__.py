"""Measures this part and prints its section."""

from tests.benchmarks.data_size import measure
from tests.benchmarks.report import main

if __name__ == "__main__":
    main(measure)
