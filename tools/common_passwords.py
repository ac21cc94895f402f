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
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from tools import ROOT

FILE = ROOT / "layers" / "shared" / "microshop" / "users" / "common_passwords.txt.gz"
_SHORTEST = 8  # shorter ones are refused for their length


def folded(passwords: Iterable[str]) -> list[str]:
    """Return the passwords that are long enough, sorted, in the form in which new passwords are compared."""
    each = {unicodedata.normalize("NFKC", password.strip()).casefold() for password in passwords}
    return sorted(password for password in each if len(password) >= _SHORTEST)


def main(zxcvbn: str, django: str) -> None:
    """Write the file from `passwords.json` of zxcvbn-ts and `common-passwords.txt.gz` of Django."""
    leaked = json.loads(Path(zxcvbn).read_text(encoding="utf-8"))
    leaked += gzip.decompress(Path(django).read_bytes()).decode().splitlines()
    found = folded(leaked)
    # Without a timestamp, so that the same sources give the same bytes.
    FILE.write_bytes(gzip.compress(("\n" + "\n".join(found) + "\n").encode(), 9, mtime=0))
    print(f"{FILE.relative_to(ROOT)}: {len(found)} passwords, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
