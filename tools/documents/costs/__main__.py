"""Prints the monthly bill of a stage: `python -m tools.documents.costs STAGE [--orders N] [Name=value …]`."""

import argparse

from tools.documents.costs.bill import bill, total
from tools.templates.stages import NAMES


def main() -> None:
    """Print a bill."""
    arguments = _parser().parse_args()
    lines = bill(arguments.stage, arguments.orders, **dict(each.split("=", 1) for each in arguments.parameters))
    for line in lines:
        print(f"{line.group:<11} {line.item:<45} {line.quantity:>15,.0f} {line.dollars:>10,.2f}")
    print(f"{'':<57} {'USD per month':>15} {total(lines):>10,.2f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.documents.costs", description=__doc__)
    parser.add_argument("stage", choices=NAMES, help="print its bill")
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="such as ContinuousRelay=off")
    parser.add_argument("--orders", type=int, default=0, help="orders per month (default: 0)")
    return parser


if __name__ == "__main__":
    main()
