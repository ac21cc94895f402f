"""Prints the section of the relay."""

from tests.benchmarks.relay.section import measure
from tests.benchmarks.report import main

if __name__ == "__main__":
    main(measure)
