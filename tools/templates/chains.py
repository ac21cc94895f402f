"""The order in which CloudFormation updates the functions of the API.

Lambda's control plane takes about 15 requests a second. Versions, aliases and CodeDeploy's deployments of all
functions at once can exceed that, and the deployment fails. So each function waits, by DependsOn, for the one before
it in its chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CHAINS = 4


def breaks(waits_for: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yields the functions that are in no chain or in several, each with the remedy.

    `waits_for` has the functions in each function's DependsOn, in the order of the template.
    """
    starts, followers = _links(waits_for)
    for name in starts[CHAINS:]:
        yield (
            name,
            f"needs DependsOn: {_shortest_end(starts[:CHAINS], followers)}, so that few functions are updated at once",
        )
    for name, earlier in waits_for.items():
        if len(earlier) > 1:
            yield name, f"waits for {' and '.join(earlier)}: keep only one"
        elif earlier and followers[earlier[0]] != name:
            end = _shortest_end(starts[:CHAINS], followers)
            yield name, f"waits for {earlier[0]}, as {followers[earlier[0]]} does: write DependsOn: {end}"


def end_of_the_shortest(waits_for: Mapping[str, Sequence[str]]) -> str:
    """Returns the function on which a new one should depend."""
    starts, followers = _links(waits_for)
    return _shortest_end(starts[:CHAINS], followers)


def _links(waits_for: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, str]]:
    """Returns the functions without DependsOn, and the first follower of each function."""
    followers: dict[str, str] = {}
    for name, earlier in waits_for.items():
        for each in earlier[:1]:
            followers.setdefault(each, name)
    return [name for name, earlier in waits_for.items() if not earlier], followers


def _shortest_end(starts: Sequence[str], followers: Mapping[str, str]) -> str:
    chains = [[start] for start in starts]
    for chain in chains:
        while chain[-1] in followers:
            chain.append(followers[chain[-1]])
    return min(chains, key=len)[-1]
