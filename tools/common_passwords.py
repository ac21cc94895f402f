"""Computes the list of common passwords that new passwords are checked against (microshop/users/password_blocklist.py).

Run it for newer versions of the two sources, then write their versions and the date into the module's docstring:

    npm pack @zxcvbn-ts/language-common && tar xzf zxcvbn-ts-language-common-*.tgz package/src/passwords.json
    .venv/bin/uv pip install --target /tmp/django --no-deps django
    .venv/bin/python -m tools.common_passwords package/src/passwords.json \\
        /tmp/django/django/contrib/auth/common-passwords.txt.gz
"""

import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from microshop.users.password_blocklist import ADDITIONS, MIN_CORE_LENGTH, fold
from microshop.users.user import MIN_PASSWORD_LENGTH
from tools import ROOT

FILE = ROOT / "layers" / "shared" / "microshop" / "users" / "common_passwords.txt.gz"


def listed(passwords: Iterable[str]) -> list[str]:
    """Returns what new passwords are compared with, sorted: without passwords that are refused because of another one.

    Those of fewer than 8 characters are words to which digits and signs may be added.
    """
    each = {fold(password.strip()) for password in passwords}
    cores = {word for word in each if len(word) >= MIN_CORE_LENGTH and word == word.strip(ADDITIONS)}
    longer = {word for word in each - cores if len(word) >= MIN_PASSWORD_LENGTH}
    return sorted(cores | {word for word in longer if not _is_covered(word, cores)})


def _is_covered(word: str, cores: set[str]) -> bool:
    core = word.strip(ADDITIONS)
    return core in cores and len(word) - len(core) < MIN_PASSWORD_LENGTH


def main(zxcvbn: str, django: str) -> None:
    """Write the file from `passwords.json` of zxcvbn-ts and `common-passwords.txt.gz` of Django."""
    leaked = json.loads(Path(zxcvbn).read_text(encoding="utf-8"))
    leaked += gzip.decompress(Path(django).read_bytes()).decode().splitlines()
    found = listed(leaked)
    # Without a timestamp, so that the same sources give the same bytes.
    FILE.write_bytes(gzip.compress(("\n" + "\n".join(found) + "\n").encode(), 9, mtime=0))
    print(f"{FILE.relative_to(ROOT)}: {len(found)} passwords, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
