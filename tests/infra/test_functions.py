"""Every function: where its code is, what it is called, what it may do."""

import re
from typing import Any

from microshop.exports.service import _SECONDS as EXPORT_SECONDS
from tests.support.deployment import ROOT, Resource, Templates
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
# All that functions may call at AWS beside what Lambda itself needs.
MAY_CALL = {
    "RelayOutboxFunction": {"events:PutEvents"},
    "SendCustomerMailFunction": {"ses:SendEmail"},
    "AlertLowStockFunction": {"ses:SendEmail"},
    "CreateExportFunction": {"s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"},
    **{name: {"secretsmanager:GetSecretValue"} for name in ASK_A_PROVIDER},
}
STRIPE_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-a1b2c3"
# All objects in a folder of one bucket.
_FOLDER = re.compile(r"arn:aws:s3:::[^*/]+/[^*]+/\*")


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


def test_every_function_runs_python_3_13_with_the_shared_layer_and_tracing(functions: list[Resource]) -> None:
    for function in functions:
        assert function["Runtime"] == "python3.13"
        assert [layer for layer in function["Layers"] if ":microshop-shared:" in layer]
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_stripes_layer_is_only_beside_functions_that_ask_a_payment_provider(functions: list[Resource]) -> None:
    with_it = {function.logical_id for function in functions if _stripe_layers(function)}

    assert with_it == ASK_A_PROVIDER
    assert {len(function["Layers"]) for function in functions if function.logical_id not in with_it} == {1}


def test_a_function_asks_a_payment_provider_if_its_code_finds_one() -> None:
    call = re.compile(r"^from microshop\.payments\.providers import .*\bprovider\b", re.MULTILINE)

    asking = {file.stem for file in ROOT.glob("functions/*/*.py") if call.search(file.read_text(encoding="utf-8"))}

    assert {"".join(word.capitalize() for word in name.split("_")) + "Function" for name in asking} == ASK_A_PROVIDER


def test_http_functions_end_before_api_gateway_gives_up(functions: list[Resource]) -> None:
    # API Gateway's default integration timeout is 29 s; the clients of these wait.
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


def test_no_secret_stands_in_a_template(templates: Templates) -> None:
    for source in templates.sources:
        for name, parameter in source["Parameters"].items():
            if name in {"DatabaseUrl", "RedisUrl"}:
                assert parameter["NoEcho"] is True
                assert "Default" not in parameter


def test_no_policy_of_ours_has_a_wildcard_action_or_an_unbounded_resource(templates: Templates) -> None:
    statements = _own_statements(templates)

    assert statements
    for logical_id, statement in statements:
        actions = _listed(statement["Action"])
        resources = _listed(statement["Resource"])
        assert not [action for action in actions if "*" in action], logical_id
        # An identity of SES is bounded by the sender instead: the mail's domain may be verified instead of the address.
        allowed = "ses:FromAddress" in str(statement.get("Condition"))
        unbounded = [each for each in resources if "*" in str(each) and not _FOLDER.fullmatch(str(each))]
        assert allowed or not unbounded, logical_id


def test_a_function_may_call_what_it_needs_at_aws_and_most_may_call_nothing(templates: Templates) -> None:
    allowed: dict[str, set[str]] = {}
    for logical_id, statement in _own_statements(templates):
        assert statement["Effect"] == "Allow"
        allowed.setdefault(logical_id.removesuffix("Role"), set()).update(_listed(statement["Action"]))

    assert allowed == MAY_CALL


def test_who_asks_a_provider_may_read_its_secret_and_no_other() -> None:
    templates = Templates(StripeSecretArn=STRIPE_SECRET)

    readable = [
        statement["Resource"]
        for _, statement in _own_statements(templates)
        if statement["Action"] == "secretsmanager:GetSecretValue"
    ]

    assert readable == [STRIPE_SECRET] * len(ASK_A_PROVIDER)


def test_where_no_card_payments_are_taken_nobody_may_read_a_secret_that_there_is(templates: Templates) -> None:
    readable = {
        statement["Resource"]
        for _, statement in _own_statements(templates)
        if statement["Action"] == "secretsmanager:GetSecretValue"
    }

    assert readable == {"arn:aws:secretsmanager:us-east-1:123456789012:secret:none"}


def test_where_the_providers_secret_is_is_known_to_who_may_read_it_and_what_it_is_to_none() -> None:
    templates = Templates(StripeSecretArn=STRIPE_SECRET)
    functions = templates.of("AWS::Lambda::Function")

    knowing = {each.logical_id for each in functions if STRIPE_SECRET in each["Environment"]["Variables"].values()}

    assert knowing == ASK_A_PROVIDER
    assert "{{resolve:" not in (ROOT / "template.yaml").read_text(encoding="utf-8")


def test_the_export_writes_into_its_folder_of_its_bucket_alone(templates: Templates) -> None:
    [bucket] = templates.of("AWS::S3::Bucket")
    [function] = [each for each in templates.of("AWS::Lambda::Function") if each.logical_id == "CreateExportFunction"]
    [statement] = [found for owner, found in _own_statements(templates) if owner == f"{function.logical_id}Role"]

    assert statement["Resource"] == f"{bucket.arn}/exports/*"
    assert function["Environment"]["Variables"]["EXPORT_BUCKET_NAME"] == bucket.stack.ref(bucket.logical_id)


def test_mail_is_sent_by_the_shops_sender_and_by_nobody_else(templates: Templates) -> None:
    conditions = [
        statement["Condition"] for _, statement in _own_statements(templates) if statement["Action"] == "ses:SendEmail"
    ]

    assert conditions == [{"StringEquals": {"ses:FromAddress": "shop@example.com"}}] * 2


def test_of_the_background_functions_only_those_that_ask_redis_know_where_it_is(functions: list[Resource]) -> None:
    background = [function for function in functions if function.stack.name != "microshop"]

    knowing = {each.logical_id for each in background if "REDIS_URL" in each["Environment"]["Variables"]}

    assert knowing == {"RefreshProductCacheFunction", "MeasureActiveUsersFunction", "PurgeExpiredFunction"}


def test_managed_policies_are_those_that_lambda_itself_needs(templates: Templates) -> None:
    managed = {
        re.sub(r".*policy/", "", str(arn))
        for role in templates.of("AWS::IAM::Role")
        for arn in role["ManagedPolicyArns"] or []
    }

    assert managed <= {
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        "AWSXrayWriteOnlyAccess",
        "AWSXRayDaemonWriteAccess",
    }


def _stripe_layers(function: Resource) -> list[str]:
    return [layer for layer in function["Layers"] if ":microshop-stripe:" in layer]


def _own_statements(templates: Templates) -> list[tuple[str, dict[str, Any]]]:
    return [
        (role.logical_id, statement)
        for role in templates.of("AWS::IAM::Role")
        for policy in role["Policies"] or []
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
