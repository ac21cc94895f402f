"""Optimistic locking: a change names the version that it is based on, so it never overwrites a newer version."""

import re

from microshop.errors import FieldProblem, InvalidInput, PreconditionFailed, PreconditionRequired, VersionConflict
from microshop.values import Value

# The shop's ETags begin with the version. The digest after it may change without a new version.
_ETAG = re.compile(r'"([1-9]\d{0,9})(?:-[0-9a-f]{16})?"', re.ASCII)
_ENTITY_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')


class ExpectedVersion(Value):
    """The version that a client wants to change: `version` in its body, or one of `if_match` in its If-Match header.

    None means that it was not sent. `any_version` is an If-Match of `*`.
    """

    version: int | None = None
    if_match: frozenset[int] | None = None
    any_version: bool = False

    def require(self, current: int) -> None:
        """Refuse the change unless `current` is the expected version.

        Raises:
            PreconditionRequired: the client sent no version.
            PreconditionFailed: If-Match does not have the current version.
            VersionConflict: the body has another version.
        """
        if self.version is None and self.if_match is None and not self.any_version:
            raise PreconditionRequired
        if self.if_match is not None and current not in self.if_match:
            raise PreconditionFailed
        if self.version is not None and self.version != current:
            raise VersionConflict(current)


def expected_version(if_match: str, version: int | None = None) -> ExpectedVersion:
    """Returns the version that the If-Match header (empty if not sent) and the body expect.

    Raises:
        InvalidInput: the header is not a list of entity tags (RFC 9110, 13.1.1).
    """
    text = if_match.strip()
    if not text:
        return ExpectedVersion(version)
    if text == "*":
        return ExpectedVersion(version, any_version=True)
    if not _ENTITY_TAGS.fullmatch(text):
        raise InvalidInput(FieldProblem("If-Match", 'must be an ETag that the shop sent, such as "3"'))
    # Weak tags never match (strong comparison), and tags of others have no version.
    matches = (_ETAG.fullmatch(tag.strip()) for tag in text.split(","))
    return ExpectedVersion(version, frozenset(int(match[1]) for match in matches if match))
