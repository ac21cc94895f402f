"""Every function: where its code is, what it is called, what it may do."""

import re

from microshop.exports.exporting import _SECONDS as EXPORT_SECONDS
from microshop.platform import redis
from tests.support.deployment import ROOT, Resource, Templates
from tests.support.privileges import rights_of
from tests.support.templates import http_routes, inventory

# These ask a payment provider: they have its client, and may read its keys. Nothing else does.
ASK_A_PROVIDER = {
    "StartPaymentFunction",
    "RefundOrderFunction",
    "StripeWebhookFunction",
    "ExpireUnpaidFunction",
    "ResolvePaymentsFunction",
    "ReconcileFunction",
}
STRIPE_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-a1b2c3"


def test_logical_ids_derive_from_the_names_of_files(functions: list[Resource]) -> None:
    for function in functions:
        file = function["Handler"].removesuffix(".handler")

        assert function.logical_id == "".join(word.capitalize() for word in file.split("_")) + "Function"


def test_each_file_of_functions_is_deployed_once_and_each_function_has_its_file(templates: Templates) -> None:
    deployed = sorted(
        (source_file.parent / resource["Properties"]["CodeUri"]).resolve()
        / f"{resource['Properties']['Handler'].removesuffix('.handler')}.py"
        for source_file, source in zip([stack.file for stack in templates.stacks], templates.sources, strict=True)
        for resource in source["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    )

    assert deployed == sorted(ROOT.glob("functions/*/*.py"))


def test_every_function_runs_python_3_13_with_the_shared_layer(functions: list[Resource]) -> None:
    for function in functions:
        assert function["Runtime"] == "python3.13"
        assert [layer for layer in function["Layers"] if ":microshop-shared:" in layer]


def test_stripes_layer_is_only_beside_functions_that_ask_a_payment_provider(functions: list[Resource]) -> None:
    with_it = {function.logical_id for function in functions if _stripe_layers(function)}

    assert with_it == ASK_A_PROVIDER
    assert {len(function["Layers"]) for function in functions if function.logical_id not in with_it} == {1}


def test_a_function_asks_a_payment_provider_if_its_code_finds_one() -> None:
    call = re.compile(r"^from microshop\.payments\.providers import .*\bprovider\b", re.MULTILINE)

    asking = {file.stem for file in ROOT.glob("functions/*/*.py") if call.search(file.read_text(encoding="utf-8"))}

    assert {"".join(word.capitalize() for word in name.split("_")) + "Function" for name in asking} == ASK_A_PROVIDER


def test_only_the_export_lets_a_client_wait_for_more_than_ten_seconds(functions: list[Resource]) -> None:
    behind_http = {inventory().functions[str(route.function)].logical_id for route in http_routes()}

    timeouts = {function.logical_id: function["Timeout"] for function in functions}

    slow = {name: timeouts[name] for name in behind_http if timeouts[name] > 10}
    assert slow == {"CreateExportFunction": 29}
    # It stops reading by itself, with room for a last page and the end of the upload.
    assert slow["CreateExportFunction"] - EXPORT_SECONDS >= 9


def test_a_schedule_that_asks_a_provider_has_time_for_many_and_ends_before_lambda_would_end_it(
    functions: list[Resource],
) -> None:
    timeouts = {function.logical_id: function["Timeout"] for function in functions}

    assert {timeouts[name] for name in ("ExpireUnpaidFunction", "ResolvePaymentsFunction")} == {120}
    assert timeouts["ReconcileFunction"] == timeouts["MigrateFunction"] == 900  # the most that Lambda has


def test_the_authorizer_ends_after_its_slowest_sign_in(functions: list[Resource]) -> None:
    [authorizer] = [function for function in functions if function.logical_id == "AuthorizerFunction"]

    # A client gets a 503 either way, but a timeout also ends the environment, in the middle of an outage.
    assert authorizer["Timeout"] > redis._CONNECT_SECONDS + redis._IAM_SECONDS + redis._COMMAND_SECONDS


def test_the_database_url_of_a_deployment_cannot_have_a_password(templates: Templates) -> None:
    pattern = re.compile(templates.sources[0]["Parameters"]["DatabaseUrl"]["AllowedPattern"])
    assert pattern.search("mysql://microshop_app@db.example.com:3306/microshop?tls=rds&auth=iam")
    assert not pattern.search("mysql://microshop_app:password@db.example.com:3306/microshop")


def test_only_functions_that_ask_a_provider_know_the_arn_of_its_secret() -> None:
    templates = Templates(StripeSecretArn=STRIPE_SECRET)
    functions = templates.of("AWS::Lambda::Function")

    knowing = {each.logical_id for each in functions if STRIPE_SECRET in each["Environment"]["Variables"].values()}

    assert knowing == ASK_A_PROVIDER


def test_the_export_writes_into_its_folder_of_its_bucket_alone(templates: Templates) -> None:
    [bucket] = templates.of("AWS::S3::Bucket")
    [function] = [each for each in templates.of("AWS::Lambda::Function") if each.logical_id == "CreateExportFunction"]

    assert function["Environment"]["Variables"]["EXPORT_BUCKET_NAME"] == bucket.stack.ref(bucket.logical_id)


def test_a_background_function_knows_where_a_server_is_if_it_may_sign_in_to_it(
    templates: Templates, functions: list[Resource]
) -> None:
    for function in functions:
        if function.stack.name in {"microshop", "microshop-Schema"}:
            continue
        known, rights = function["Environment"]["Variables"], rights_of(templates, function)

        assert ("DATABASE_URL" in known) is ("rds-db:connect" in rights), function.logical_id
        assert ("REDIS_URL" in known) is ("elasticache:Connect" in rights), function.logical_id


def _stripe_layers(function: Resource) -> list[str]:
    return [layer for layer in function["Layers"] if ":microshop-stripe:" in layer]


def test_stack_names_every_function_that_operators_invoke(templates: Templates) -> None:
    commands = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("tools/operator/*.py"))
    invoked = set(re.findall(r'"(\w+Function)"', commands))

    assert "DeadLettersFunction" in invoked
    assert {f"{name}Name" for name in invoked} <= templates.sources[0]["Outputs"].keys()
