"""The program of the Stripe stand-in: the proxy, and localstripe on a separate port."""

import argparse
import asyncio
import sys
from pathlib import Path

from tools.local.stripe.service import serve
from tools.problems import LocalProblem

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="the file that stores the payments")
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.port, arguments.state))
    except LocalProblem as problem:
        sys.exit(str(problem))
