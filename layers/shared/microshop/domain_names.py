"""Internationalised domain names (IDNA 2008), in the form in which DNS, mail and URLs carry them."""

import unicodedata

_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
# About what RFC 5892 permits: letters, marks and digits. Python's own codec is IDNA 2003, which makes ss of ß and so
# another domain; it takes symbols too.
_PERMITTED = ("Ll", "Lo", "Lm", "Mn", "Mc", "Nd")


def ascii_domain(domain: str) -> str:
    """Return the domain with A-labels for labels that are not ASCII (`bücher.example`: `xn--bcher-kva.example`).

    An ASCII domain comes back in lower case; whether it is a valid one, the caller checks.

    Raises:
        ValueError: a label has a character that no domain name has.
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
