"""`python -m tools.scan`: runs checkov over the templates of every stage, without network access."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.scan.environment import InstallationFailed, scanner
from tools.scan.exceptions import compare, findings_in, read_exemptions
from tools.scan.resolved_template import write_stages

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
# The scanner must not download policies or contact its vendor.
_OPTIONS = ("--skip-download", "--framework", "cloudformation", "--compact", "--quiet", "--output", "json")


def scan(folder: Path, program: Path) -> Any:
    """Returns checkov's report on the templates in a folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LOG_LEVEL": "ERROR"}
    command = [str(program), *_OPTIONS, "--directory", str(folder)]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise ValueError(f"The scanner returned no report: {done.stdout[-500:]}{done.stderr[-2000:]}") from error


def main() -> None:
    """Print the problems, or the number of passed checks."""
    try:
        exemptions = read_exemptions(EXCEPTIONS)
        program = scanner(ROOT)
        with tempfile.TemporaryDirectory() as folder:
            stages_of = write_stages(ROOT, Path(folder))
            report = scan(Path(folder), program)
        problems = compare(findings_in(report, stages_of), exemptions)
    except (InstallationFailed, ValueError) as error:
        sys.exit(f"scan: {error}")
    if problems:
        where = EXCEPTIONS.relative_to(ROOT)
        sys.exit("\n".join((*problems, f"scan: fix these, or add an exception with a reason to {where}")))
    passed = report["summary"]["passed"]
    print(f"scan: {passed} checks passed on {len(stages_of)} templates, {len(exemptions)} kinds of exceptions")


if __name__ == "__main__":
    main()
