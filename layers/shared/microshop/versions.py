"""Optimistic locking: a change names the version that it starts from, and never overwrites one it has not seen."""

import re
from dataclasses import dataclass

from microshop.errors import FieldProblem, InvalidInput, PreconditionFailed, PreconditionRequired, VersionConflict

# An ETag of ours begins with the version; what follows is a digest of a view, which may change without a new version.
_ETAG = re.compile(r'"([1-9]\d{0,9})(?:-[0-9a-f]{16})?"', re.ASCII)
_ENTITY_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')


@dataclass(frozen=True)
class ExpectedVersion:
    """What a client believes to change: `version` from its body, `if_match` the versions of its If-Match header.

    None says that it was not sent; an If-Match of `*` is any version.
    """

    version: int | None = None
    if_match: frozenset[int] | None = None
    any_version: bool = False

    def require(self, current: int) -> None:
        """Refuse unless `current` is what the client believes.

        Raises:
            PreconditionRequired: it did not say.
            PreconditionFailed: If-Match names other versions.
            VersionConflict: the body's version is another.
        """
        if self.version is None and self.if_match is None and not self.any_version:
            raise PreconditionRequired
        if self.if_match is not None and current not in self.if_match:
            raise PreconditionFailed
        if self.version is not None and self.version != current:
            raise VersionConflict(current)


def expected_version(if_match: str, version: int | None = None) -> ExpectedVersion:
    """What the header (empty where it was not sent) and the body say.

    Raises:
        InvalidInput: the header is no list of entity tags (RFC 9110, 13.1.1).
    """
    text = if_match.strip()
    if not text:
        return ExpectedVersion(version)
    if text == "*":
        return ExpectedVersion(version, any_version=True)
    if not _ENTITY_TAGS.fullmatch(text):
        raise InvalidInput(FieldProblem("If-Match", 'must be an ETag as the shop gave it, such as "3"'))
    # Weak tags never match here (strong comparison), and other people's tags are no version.
    found = (_ETAG.fullmatch(tag.strip()) for tag in text.split(","))
    return ExpectedVersion(version, frozenset(int(tag[1]) for tag in found if tag))
