"""The templates as SAM transforms them, with every intrinsic resolved."""

import pytest

from tests.support.deployment import Resource, Templates
from tools.templates.stack import Stack


@pytest.fixture(scope="session")
def templates() -> Templates:
    """template.yaml and its nested templates, with the defaults of the parameters."""
    return Templates()


@pytest.fixture(scope="session")
def stacks(templates: Templates) -> list[Stack]:
    """The root stack first."""
    return templates.stacks


@pytest.fixture(scope="session")
def functions(templates: Templates) -> list[Resource]:
    """Every Lambda function of every stack."""
    return templates.of("AWS::Lambda::Function")
