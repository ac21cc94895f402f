"""The contract tests, run against `sam local start-api` instead of the local stack's gateway."""

import os
import subprocess
import sys

from tools import ROOT

# Only the local stack serves pages. The matrix of identities sends a thousand requests, and SAM takes 0.4 s for each.
_OF_THE_LOCAL_STACK = ("test_docs_page", "test_local_", "test_identities")
# It sends several hundred events to one function; the gateway passes each on in the same way.
_MANY_EVENTS = (
    "tests/contract/payments/test_stripe_webhooks.py::test_a_hostile_value_in_any_field_of_an_event_is_not_an_error"
)


def test_sams_api_passes_the_contract_except_for_listed_differences(image: None) -> None:
    # Every file that sends requests to a running shop.
    files = [file for file in ROOT.glob("tests/contract/**/test_*.py") if not file.name.startswith(_OF_THE_LOCAL_STACK)]
    tests = sorted(str(file.relative_to(ROOT)) for file in files if "shop: Shop" in file.read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--deselect", _MANY_EVENTS, *tests]
    # A separate run of pytest, which must not inherit this run's state.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, "MICROSHOP_API": "sam"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(tests) >= 20
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
