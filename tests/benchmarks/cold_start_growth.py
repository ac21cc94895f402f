"""Functions whose cold start may be more expensive than in the previous release."""

# Function → why it may be more than 2 % more expensive than in the previous release. Empty after each release.
DECLARED_GROWTH: dict[str, str] = {}
