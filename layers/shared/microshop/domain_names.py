"""Converts internationalised domain names (IDNA 2008) to the ASCII form that DNS, mail and URLs use."""

import unicodedata

_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
# Approximates RFC 5892: letters, marks and digits. Python's own codec implements IDNA 2003, which maps ß to ss and thus
# to another domain, and permits symbols.
_PERMITTED = ("Ll", "Lo", "Lm", "Mn", "Mc", "Nd")


def ascii_domain(domain: str) -> str:
    """Returns the domain with A-labels for non-ASCII labels: `bücher.example` becomes `xn--bcher-kva.example`.

    An ASCII domain is returned in lower case; the caller checks whether it is valid.

    Raises:
        ValueError: a label contains a character that domain names do not permit.
    """
    if domain.isascii():
        return domain.lower()
    return ".".join(_a_label(label) for label in domain.translate(_DOTS).split("."))


def _a_label(text: str) -> str:
    label = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    if label.isascii():
        return label
    if label[0] == "-" or label[-1] == "-" or not all(_is_permitted(character) for character in label):
        raise ValueError("must be a domain name")
    return "xn--" + label.encode("punycode").decode("ascii")


def _is_permitted(character: str) -> bool:
    return character == "-" or unicodedata.category(character) in _PERMITTED
