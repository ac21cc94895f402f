"""`python -m tests.benchmarks [PART …]` measures all or some parts, and writes docs/performance.md.

`python -m tests.benchmarks --render` only writes the document again, from the stored results.
"""

import importlib
import sys
from collections.abc import Sequence

from tests.benchmarks import report
from tests.benchmarks.machine import measured_commit


def main(arguments: Sequence[str]) -> None:
    """Measure the given parts, by default all, one after the other."""
    if unknown := set(arguments) - {*report.PARTS, "--render"}:
        sys.exit(f"bench: there is no part {', '.join(sorted(unknown))}. The parts are {', '.join(report.PARTS)}.")
    for part in () if "--render" in arguments else arguments or report.PARTS:
        report.print_progress(f"bench: {part}")
        module, commit = importlib.import_module(f"tests.benchmarks.{part}"), measured_commit()
        report.save(part, module.measure(report.print_progress), commit)
    report.write()


if __name__ == "__main__":
    main(sys.argv[1:])
