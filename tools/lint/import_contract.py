"""A contract for import-linter: a package reaches none of the forbidden packages, except from the modules that may.

A module that nobody named keeps the contract, so a new one needs no line in pyproject.toml.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class ForbiddenByDefaultContract(Contract):
    """Forbids every module of `package` to reach `forbidden_packages`, directly or through others.

    `allowed` are shell patterns of module names, such as `*.repository`. Each has to match a module, so that no
    exception outlives its module.
    """

    type_name = "forbidden_by_default"

    package = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())
    forbidden_packages = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - import-linter's own signature
        """Look for a chain of imports from every module that is not allowed one."""
        package, allowed, forbidden = str(self.package), _texts(self.allowed), _texts(self.forbidden_packages)
        modules = sorted(name for name in graph.modules if f"{name}.".startswith(f"{package}."))
        chains = [
            chain
            for module in modules
            if not any(fnmatchcase(module, pattern) for pattern in allowed)
            for target in sorted(graph.find_upstream_modules(module) & set(forbidden))
            if (chain := graph.find_shortest_chain(module, target))
        ]
        unused = [pattern for pattern in allowed if not any(fnmatchcase(module, pattern) for module in modules)]
        return ContractCheck(kept=not chains and not unused, metadata={"chains": chains, "unused": unused})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print every forbidden chain of imports, and every pattern that matches nothing."""
        metadata: dict[str, Any] = check.metadata
        for chain in metadata["chains"]:
            output.print_error(" -> ".join(chain))
        for pattern in metadata["unused"]:
            output.print_error(f"no module is called {pattern}: remove it from `allowed` in pyproject.toml")


def _texts(field: Any) -> list[str]:
    # A field is a descriptor for import-linter, which puts the configured value into its place.
    return [str(one) for one in field]
