"""A contract for import-linter: only allowed modules of a package may import the forbidden packages.

The contract applies to new modules without a change of pyproject.toml.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class ForbiddenByDefaultContract(Contract):
    """Forbids modules of `package` to import `forbidden_packages`, directly or indirectly.

    `allowed` are glob patterns of exempt modules, such as `*.repository`. Each must match a module, so that no
    exception outlives its module.
    """

    type_name = "forbidden_by_default"

    package = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())
    forbidden_packages = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - import-linter's own signature
        """Search a chain of imports from every module that is not exempt."""
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
        """Print every forbidden chain of imports, and every pattern without a match."""
        metadata: dict[str, Any] = check.metadata
        for chain in metadata["chains"]:
            output.print_error(" -> ".join(chain))
        for pattern in metadata["unused"]:
            output.print_error(f"no module matches {pattern}: remove it from `allowed` in pyproject.toml")


def _texts(field: Any) -> list[str]:
    # import-linter replaces the field, a descriptor, by its configured value.
    return [str(one) for one in field]
