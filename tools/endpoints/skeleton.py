"""Writes the skeleton of an endpoint: handler, function in the template, OpenAPI operation and test."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.endpoints import texts
from tools.endpoints.endpoint import Endpoint
from tools.endpoints.repository import Repository
from tools.templates.chains import end_of_the_shortest

_API = "docs/openapi.yaml"
_SECTION = re.compile(r"^  # -{60,} (?P<title>.+)\n", re.MULTILINE)
_PATH = re.compile(r"^  (?P<path>/\S+):\n", re.MULTILINE)


def write_skeleton(repository: Repository, endpoint: Endpoint) -> Iterator[str]:
    """Write the skeleton. Yields each file that was created or changed."""
    root = repository.root
    _write_new(root / endpoint.handler_file, texts.handler(endpoint))
    yield endpoint.handler_file
    (root / endpoint.template).write_text(with_block(repository, endpoint), encoding="utf-8")
    yield endpoint.template
    described = with_operation(repository.text(_API), endpoint, _tag(repository, endpoint))
    (root / _API).write_text(described, encoding="utf-8")
    yield _API
    package = f"{Path(endpoint.test_file).parent}/__init__.py"
    if not (root / package).exists():
        _write_new(root / package, "")
        yield package
    _write_new(root / endpoint.test_file, texts.test(endpoint))
    yield endpoint.test_file


def with_block(repository: Repository, endpoint: Endpoint) -> str:
    """Returns the template with the function at the end of its domain's section.

    A new section precedes operations; in the back office, it is the last one.
    """
    template = repository.text(endpoint.template)
    chains = {block.logical_id: block.waits_for for block in repository.blocks if block.file == endpoint.template}
    block = texts.block(endpoint, after=end_of_the_shortest(chains))
    sections = list(_SECTION.finditer(template))
    ends = [*(section.start() for section in sections[1:]), template.index("\nOutputs:\n") + 1]
    for section, end in zip(sections, ends, strict=True):
        if section["title"] == endpoint.section:
            return template[:end] + block + template[end:]
    before = next((section.start() for section in sections if section["title"] == "operations"), ends[-1])
    heading = f"  # {'-' * 64} {endpoint.section}\n"
    return template[:before] + heading + block + template[before:]


def with_operation(description: str, endpoint: Endpoint, tag: str) -> str:
    """Returns the description with the operation next to those of its path, else of its domain, else before health."""
    if f"\n  - name: {tag}\n" not in description:
        description = description.replace("\n  - name: operations\n", f"\n{texts.tag(tag)}  - name: operations\n", 1)
    paths = list(_PATH.finditer(description))
    ends = [*(path.start() for path in paths[1:]), description.index("\ncomponents:\n") + 1]
    prefix = "/".join(endpoint.route.path.split("/")[:4])
    place = next(path.start() for path in paths if path["path"] == "/api/v1/health")
    for path, end in zip(paths, ends, strict=True):
        if path["path"] == endpoint.route.path:
            return description[: end - 1] + texts.operation(endpoint, tag) + description[end - 1 :]
        if path["path"] == prefix or path["path"].startswith(f"{prefix}/"):
            place = end
    added = f"  {endpoint.route.path}:\n{texts.operation(endpoint, tag)}\n"
    return description[:place] + added + description[place:]


def _tag(repository: Repository, endpoint: Endpoint) -> str:
    """Returns the tag of the domain's other operations, else the domain."""
    for block in repository.blocks:
        if block.handler.startswith(f"{endpoint.domain}/"):
            for route in block.routes:
                if route in repository.operations:
                    return str(repository.operations[route]["tags"][0])
    return endpoint.section


def _write_new(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
