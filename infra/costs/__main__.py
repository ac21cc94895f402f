"""What a stage costs a month: `python -m infra.costs STAGE [--orders N] [Name=value …]` prints a bill.

Without a stage it writes docs/costs.md.
"""

import argparse

from infra.costs.bill import bill, total
from infra.costs.document import DOCUMENT, document
from infra.stages import NAMES


def main() -> None:
    """Print a bill, or bring the document up to date."""
    arguments = _parser().parse_args()
    if arguments.stage is None:
        DOCUMENT.write_text(document(), encoding="utf-8")
        print("docs/costs.md is up to date.")
        return
    lines = bill(arguments.stage, arguments.orders, **dict(each.split("=", 1) for each in arguments.parameters))
    for line in lines:
        print(f"{line.group:<11} {line.what:<45} {line.quantity:>15,.0f} {line.dollars:>10,.2f}")
    print(f"{'':<57} {'USD a month':>15} {total(lines):>10,.2f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.costs", description=__doc__)
    parser.add_argument("stage", nargs="?", choices=NAMES, help="print its bill; none writes docs/costs.md")
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="such as ContinuousRelay=off")
    parser.add_argument("--orders", type=int, default=0, help="orders a month (default: 0)")
    return parser


if __name__ == "__main__":
    main()
