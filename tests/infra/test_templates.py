"""The templates as a whole. What `sam build` makes of them is the business of tests/sam."""

from tests.support.deployment import ROOT, Templates
from tools.sam_local.command import sam


def test_sam_and_cfn_lint_find_nothing_to_object_to() -> None:
    done = sam("validate", "--lint")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


def test_no_template_comes_near_cloud_formations_limit_of_500_resources(templates: Templates) -> None:
    for stack in templates.stacks:
        assert len(list(stack.resources())) < 400, stack.file.name


def test_what_two_layers_have_is_of_one_version_in_both() -> None:
    shared, stripe = _locked("shared"), _locked("stripe")

    both = shared.keys() & stripe.keys()

    assert both
    assert {name: shared[name] for name in both} == {name: stripe[name] for name in both}


def _locked(layer: str) -> dict[str, str]:
    """Package → version."""
    lines = (ROOT / "layers" / layer / "requirements.txt").read_text().splitlines()
    pins = (line.split()[0].partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {name: version for name, _, version in pins}
