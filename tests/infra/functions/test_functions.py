"""Every function: its code, its name, its layers, its timeout and its environment."""

from microshop.exports.exporting import _MAX_WRITE_SECONDS as EXPORT_SECONDS
from microshop.payments.providers import provider
from microshop.platform import redis
from tests.support.deployment import ROOT, Resource, Templates
from tests.support.functions import NAMES, load_function
from tests.support.privileges import rights_of
from tests.support.templates import http_routes, inventory

# Functions that call a payment provider have its client and may read its keys; no other function does.
_CALL_A_PROVIDER = {
    "StartPaymentFunction",
    "RefundOrderFunction",
    "StripeWebhookFunction",
    "ExpireUnpaidFunction",
    "ResolvePaymentsFunction",
    "ReconcileFunction",
}
_STRIPE_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-a1b2c3"


def test_a_function_is_named_after_its_file(functions: list[Resource]) -> None:
    names = {function.logical_id: _name_of(function["Handler"].removesuffix(".handler")) for function in functions}

    assert names == {name: name for name in names}


def test_every_file_of_functions_is_deployed_once(templates: Templates) -> None:
    deployed = sorted(
        (source_file.parent / resource["Properties"]["CodeUri"]).resolve()
        / f"{resource['Properties']['Handler'].removesuffix('.handler')}.py"
        for source_file, source in zip([stack.file for stack in templates.stacks], templates.sources, strict=True)
        for resource in source["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    )

    assert deployed == sorted(ROOT.glob("functions/**/*.py"))


def test_every_function_runs_python_3_13_with_the_shared_layer(functions: list[Resource]) -> None:
    assert {function["Runtime"] for function in functions} == {"python3.13"}
    assert {each.logical_id for each in functions if not _has_layer(each, "shared")} == set()


def test_only_functions_that_call_a_provider_have_the_stripe_layer(functions: list[Resource]) -> None:
    layers = {function.logical_id: len(function["Layers"]) for function in functions}

    assert {function.logical_id for function in functions if _has_layer(function, "stripe")} == _CALL_A_PROVIDER
    assert layers == {name: 2 if name in _CALL_A_PROVIDER else 1 for name in layers}


def test_exactly_the_code_of_these_functions_finds_a_provider() -> None:
    finding = {name for name in NAMES if getattr(load_function(name), "provider", None) is provider}

    assert {_name_of(name.rpartition("/")[2]) for name in finding} == _CALL_A_PROVIDER


def test_only_exports_and_dead_letters_may_take_more_than_ten_seconds(functions: list[Resource]) -> None:
    behind_http = {inventory().functions[str(route.function)].logical_id for route in http_routes()}

    timeouts = {function.logical_id: function["Timeout"] for function in functions}

    slow = {name: timeouts[name] for name in behind_http if timeouts[name] > 10}
    reading_queues = {"ListDeadLetterQueuesFunction", "ListDeadLettersFunction", "GetDeadLetterFunction"}
    assert slow == dict.fromkeys({"CreateExportFunction", "RedriveDeadLettersFunction"} | reading_queues, 29)
    # It stops reading early enough for a last page and the end of the upload.
    assert slow["CreateExportFunction"] - EXPORT_SECONDS >= 9


def test_schedules_that_call_a_provider_have_time_for_many_payments(functions: list[Resource]) -> None:
    timeouts = {function.logical_id: function["Timeout"] for function in functions}

    assert {timeouts[name] for name in ("ExpireUnpaidFunction", "ResolvePaymentsFunction")} == {120}
    assert timeouts["ReconcileFunction"] == timeouts["MigrateFunction"] == 900  # the most that Lambda allows


def test_the_authorizer_outlasts_its_slowest_sign_in(functions: list[Resource]) -> None:
    [authorizer] = [function for function in functions if function.logical_id == "AuthorizerFunction"]

    # A client gets a 503 either way, but a timeout during an outage ends the execution environment as well.
    assert authorizer["Timeout"] > redis._CONNECT_SECONDS + redis._IAM_SECONDS + redis._COMMAND_SECONDS


def test_only_functions_that_call_a_provider_know_the_arn_of_its_secret() -> None:
    templates = Templates(StripeSecretArn=_STRIPE_SECRET)
    functions = templates.of("AWS::Lambda::Function")

    knowing = {each.logical_id for each in functions if _STRIPE_SECRET in each["Environment"]["Variables"].values()}

    assert knowing == _CALL_A_PROVIDER


def test_the_export_function_knows_its_bucket(templates: Templates) -> None:
    [bucket] = [each for each in templates.of("AWS::S3::Bucket") if each.logical_id == "ExportBucket"]
    [function] = [each for each in templates.of("AWS::Lambda::Function") if each.logical_id == "CreateExportFunction"]

    assert function["Environment"]["Variables"]["EXPORT_BUCKET_NAME"] == bucket.stack.ref(bucket.logical_id)


def test_background_functions_know_exactly_the_servers_they_may_sign_in_to(
    templates: Templates, functions: list[Resource]
) -> None:
    for function in functions:
        if function.stack.name in {"microshop", "microshop-BackOffice", "microshop-Schema"}:
            continue
        known, rights = function["Environment"]["Variables"], rights_of(templates, function)

        assert ("DATABASE_URL" in known) is ("rds-db:connect" in rights), function.logical_id
        assert ("REDIS_URL" in known) is ("elasticache:Connect" in rights), function.logical_id


def test_the_stack_outputs_the_name_of_every_function_for_operators(templates: Templates) -> None:
    of_operators = {_name_of(file.stem) for file in ROOT.glob("functions/operator/*.py")}
    outputs = {name.removesuffix("Name") for name in templates.sources[0]["Outputs"] if name.endswith("FunctionName")}

    assert outputs == of_operators | {"MigrateFunction", "ReconcileFunction"}


def _name_of(file: str) -> str:
    """Returns the logical id of the function in place_order.py: PlaceOrderFunction."""
    return "".join(word.capitalize() for word in file.split("_")) + "Function"


def _has_layer(function: Resource, layer: str) -> bool:
    return any(f":microshop-{layer}:" in arn for arn in function["Layers"])
