"""A new code version gives every function of the API a new version."""

from tests.support.deployment import Templates
from tools.templates.stack import Stack

_BEFORE, _AFTER = "1" * 64, "2" * 64


def test_new_code_version_publishes_every_function_of_the_api() -> None:
    before, after = _versions(Templates(CodeVersion=_BEFORE)), _versions(Templates(CodeVersion=_AFTER))

    assert before.keys() == after.keys()
    assert before.keys() == _functions_of_the_api(Templates())
    assert not set(before.values()) & set(after.values())


def test_same_code_version_publishes_nothing() -> None:
    assert _versions(Templates(CodeVersion=_BEFORE)) == _versions(Templates(CodeVersion=_BEFORE))


# Lambda publishes no version of a function that has not changed since the last one, and CloudFormation then fails.
def test_published_function_holds_the_code_version() -> None:
    templates = Templates(CodeVersion=_AFTER)

    functions = [(stack, logical_id) for stack in templates.stacks for logical_id in _versions_of(stack)]
    assert functions
    assert [name for stack, name in functions if _AFTER not in str(stack.property(name, "Description"))] == []


def _versions(templates: Templates) -> dict[str, str]:
    """Returns the logical id of each function's version."""
    return {function: version for stack in templates.stacks for function, version in _versions_of(stack).items()}


def _versions_of(stack: Stack) -> dict[str, str]:
    published = stack.resources("AWS::Lambda::Version")
    return {resource["Properties"]["FunctionName"]["Ref"]: logical_id for logical_id, resource in published}


def _functions_of_the_api(templates: Templates) -> set[str]:
    """Returns the functions of the root template: the authorizer and one per endpoint."""
    return {logical_id for logical_id, _ in templates.stacks[0].resources("AWS::Lambda::Function")}
