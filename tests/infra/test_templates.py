"""The templates as a whole, and what `sam build` makes of them."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.deployment import ROOT, Templates

_SAM = str(Path(shutil.which("sam", path=str(ROOT / ".venv" / "bin")) or "sam"))
# Layer → its folder, and the most bytes that it has unpacked: Lambda allows 250 MB for all of a function's layers, and
# every byte is fetched at a cold start.
_LAYERS = {"SharedLayer": ("shared", 30_000_000), "StripeLayer": ("stripe", 40_000_000)}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifacts of `sam build`."""
    folder = tmp_path_factory.mktemp("build")
    _sam("build", "--no-cached", "--build-dir", str(folder))
    return folder


def test_sam_and_cfn_lint_find_nothing_to_object_to() -> None:
    assert "is a valid SAM Template" in _sam("validate", "--lint")


def test_no_template_comes_near_cloud_formations_limit_of_500_resources(templates: Templates) -> None:
    for stack in templates.stacks:
        assert len(list(stack.resources())) < 400, stack.file.name


def test_the_layer_holds_the_shop_with_its_sql_and_its_mails(built: Path) -> None:
    package = built / "SharedLayer" / "python" / "microshop"
    source = ROOT / "layers" / "shared" / "microshop"

    kept = {".py", ".sql", ".txt", ".html", ".pem"}
    expected = {file.relative_to(source) for file in source.rglob("*") if file.suffix in kept}
    assert {file.relative_to(package) for file in package.rglob("*") if file.suffix in kept} == expected


@pytest.mark.parametrize("layer", _LAYERS)
def test_everything_in_a_layer_is_compiled_and_needs_no_time_stamp(built: Path, layer: str) -> None:
    site = built / layer / "python"

    for source in site.rglob("*.py"):
        compiled = Path(importlib.util.cache_from_source(str(source))).with_name(f"{source.stem}.cpython-313.pyc")
        assert compiled.exists(), source
        # PEP 552: flag 1 of the second word is "hash-based", flag 2 would be "check the source".
        assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00", source


@pytest.mark.parametrize("layer", _LAYERS)
def test_a_layer_holds_what_its_lock_file_says_and_nothing_of_development(built: Path, layer: str) -> None:
    site, locked = built / layer / "python", _locked(layer)

    installed = {path.name.partition("-")[0].lower() for path in site.glob("*.dist-info")}

    assert installed == locked.keys()
    assert not installed & {"boto3", "botocore", "redis", "moto", "pytest"}


def test_what_two_layers_have_is_of_one_version_in_both() -> None:
    shared, stripe = _locked("SharedLayer"), _locked("StripeLayer")

    both = shared.keys() & stripe.keys()

    assert both
    assert {name: shared[name] for name in both} == {name: stripe[name] for name in both}


def test_the_shop_itself_is_in_one_layer(built: Path) -> None:
    assert not (built / "StripeLayer" / "python" / "microshop").exists()


@pytest.mark.parametrize("layer", _LAYERS)
def test_a_layer_is_small(built: Path, layer: str) -> None:
    size = sum(file.stat().st_size for file in (built / layer).rglob("*") if file.is_file())

    assert size < _LAYERS[layer][1]


def test_a_functions_artifact_holds_its_domains_entry_points_and_nothing_else(
    built: Path, templates: Templates
) -> None:
    for function in templates.of("AWS::Lambda::Function"):
        (artifact,) = built.rglob(function.logical_id)
        domains = {file.parent for file in ROOT.glob(f"functions/*/{function['Handler'].removesuffix('.handler')}.py")}

        assert {file.name for file in artifact.rglob("*.py")} == {
            file.name for domain in domains for file in domain.glob("*.py")
        }
        assert {file.suffix for file in artifact.rglob("*") if file.is_file()} <= {".py", ".pyc"}


def _locked(layer: str) -> dict[str, str]:
    """Package → version."""
    lines = (ROOT / "layers" / _LAYERS[layer][0] / "requirements.txt").read_text().splitlines()
    pins = (line.split()[0].partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {name.replace("-", "_"): version for name, _, version in pins}


def _sam(*arguments: str) -> str:
    path = os.pathsep.join((str(ROOT / ".venv" / "bin"), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}
    command = [_SAM, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
