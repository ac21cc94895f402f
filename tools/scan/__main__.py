"""Owns `python -m tools.scan`: checkov over the templates of every stage, without the network."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.scan.environment import InstallationFailed, scanner
from tools.scan.exceptions import compared, findings_in, read_exemptions
from tools.scan.resolved_template import write_stages

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
# Nothing is asked of the scanner's makers: no policies, no results, no newer version.
_OPTIONS = ("--skip-download", "--framework", "cloudformation", "--compact", "--quiet", "--output", "json")


def scan(folder: Path, program: Path) -> Any:
    """Checkov's report on the templates in a folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LOG_LEVEL": "ERROR"}
    command = [str(program), *_OPTIONS, "--directory", str(folder)]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise ValueError(f"The scanner gave no report: {done.stdout[-500:]}{done.stderr[-2000:]}") from error


def main() -> None:
    """Print what is wrong, or how much was looked at."""
    try:
        exemptions = read_exemptions(EXCEPTIONS)
        program = scanner(ROOT)
        with tempfile.TemporaryDirectory() as folder:
            stages_of = write_stages(ROOT, Path(folder))
            report = scan(Path(folder), program)
        problems = compared(findings_in(report, stages_of), exemptions)
    except (InstallationFailed, ValueError) as error:
        sys.exit(f"scan: {error}")
    if problems:
        where = EXCEPTIONS.relative_to(ROOT)
        sys.exit("\n".join((*problems, f"scan: mend these, or write down in {where} why they are meant to be")))
    passed = report["summary"]["passed"]
    print(f"scan: {passed} checks passed on {len(stages_of)} templates, {len(exemptions)} kinds of exceptions")


if __name__ == "__main__":
    main()
