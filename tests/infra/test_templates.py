"""The templates as a whole. tests/sam validates them and tests the output of `sam build`."""

from tests.support.deployment import ROOT, Templates


def test_no_template_comes_near_the_limit_of_500_resources(templates: Templates) -> None:
    # CloudFormation's limit for a template.
    counts = {stack.file.name: len(list(stack.resources())) for stack in templates.stacks}

    assert {name: count for name, count in counts.items() if count >= 400} == {}


def test_packages_of_both_layers_have_one_version() -> None:
    shared, stripe = _locked("shared"), _locked("stripe")

    both = shared.keys() & stripe.keys()

    assert both
    assert {name: shared[name] for name in both} == {name: stripe[name] for name in both}


def _locked(layer: str) -> dict[str, str]:
    """Package → version."""
    lines = (ROOT / "layers" / layer / "requirements.txt").read_text().splitlines()
    pins = (line.split()[0].partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {name: version for name, _, version in pins}
