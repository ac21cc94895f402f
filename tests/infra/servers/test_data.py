"""The servers that a deployment makes: nothing gets lost, nothing is open, and nobody signs in with a password."""

import pytest

from microshop.platform import settings
from tests.support.deployment import Resource
from tests.support.nested_stacks import NestedStack
from tools.templates import stages
from tools.templates.model import TemplateError

MYSQL, AURORA = NestedStack("data", DatabaseEngine="mysql"), NestedStack("data", DatabaseEngine="aurora")


def _database(data: NestedStack) -> Resource:
    return data["MySql"] if "MySql" in data else data["AuroraCluster"]


_BOTH = pytest.mark.parametrize("data", [MYSQL, AURORA], ids=["mysql", "aurora"])


@_BOTH
def test_the_database_can_be_restored_to_any_second_of_two_weeks_in_production(data: NestedStack) -> None:
    database = _database(data)

    assert int(database["BackupRetentionPeriod"]) >= 14
    assert database["DeletionProtection"] == "true"
    assert database["DeleteAutomatedBackups"] is False
    assert database["CopyTagsToSnapshot"] is True


@_BOTH
def test_the_database_takes_connections_over_tls_only(data: NestedStack) -> None:
    parameters = data["MySqlParameters" if data is MYSQL else "AuroraClusterParameters"]["Parameters"]

    assert parameters["require_secure_transport"] in {"1", "ON"}
    for instance in data.of("AWS::RDS::DBInstance"):
        assert instance["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"


@_BOTH
def test_no_password_of_the_database_is_in_the_template_or_in_a_url(data: NestedStack) -> None:
    database = _database(data)
    for url in data.outputs("DatabaseUrl", "MigrationDatabaseUrl"):
        address = settings.database_address(url)
        assert not address.password

    assert database["ManageMasterUserPassword"] is True
    assert database["MasterUserPassword"] is None


@_BOTH
def test_the_urls_say_who_signs_in_and_how(data: NestedStack) -> None:
    host, application, migrations = data.outputs("DatabaseHost", "DatabaseUrl", "MigrationDatabaseUrl")

    assert application == f"mysql://microshop_app@{host}:3306/microshop?tls=rds&auth=iam"
    assert migrations == f"mysql://microshop_migrations@{host}:3306/microshop?tls=rds&auth=iam"


@_BOTH
def test_the_database_takes_as_many_connections_as_the_stage_says(data: NestedStack) -> None:
    parameters = data["MySqlParameters" if data is MYSQL else "AuroraParameters"]["Parameters"]

    assert int(parameters["max_connections"]) == stages.parameters("prod")["DatabaseMaxConnections"]
    # Shorter than the eight hours for which the connections of environments that are gone would count.
    assert int(parameters["wait_timeout"]) == 900


@_BOTH
def test_the_databases_logs_are_kept_for_some_days(data: NestedStack) -> None:
    database = _database(data)
    kind = "instance" if data is MYSQL else "cluster"

    named = {group["LogGroupName"]: group["RetentionInDays"] for group in data.of("AWS::Logs::LogGroup")}

    assert named == {f"/aws/rds/{kind}/microshop-prod/{log}": 30 for log in database["EnableCloudwatchLogsExports"]}


@pytest.mark.parametrize(("instance_class", "has_insights"), [("db.t4g.micro", False), ("db.m7g.large", True)])
def test_performance_insights_are_on_where_the_class_can_have_them(instance_class: str, *, has_insights: bool) -> None:
    database = NestedStack("data", DatabaseInstanceClass=instance_class)["MySql"]

    assert database["EnablePerformanceInsights"] is has_insights
    assert database["PerformanceInsightsRetentionPeriod"] == (7 if has_insights else None)


def test_aurora_has_a_standby_where_the_stage_wants_one() -> None:
    assert "AuroraStandby" in AURORA
    assert "AuroraStandby" not in NestedStack("data", DatabaseEngine="aurora", DatabaseMultiAz="false")


@pytest.mark.parametrize(("replicas", "nodes", "fails_over"), [("0", 1, False), ("1", 2, True), ("5", 6, True)])
def test_redis_fails_over_where_it_has_replicas(replicas: str, nodes: int, *, fails_over: bool) -> None:
    redis = NestedStack("data", RedisReplicas=replicas)["Redis"]

    assert redis["NumCacheClusters"] == nodes
    assert redis["AutomaticFailoverEnabled"] is redis["MultiAZEnabled"] is fails_over


def test_redis_lets_in_the_shop_with_a_token_and_nobody_else() -> None:
    shop, nobody = MYSQL["RedisUser"], MYSQL["NobodyUser"]

    assert shop["UserId"] == shop["UserName"] == "microshop-prod"
    assert shop["AuthenticationMode"] == {"Type": "iam"}
    assert (nobody["UserName"], nobody["AccessString"].split()[0]) == ("default", "off")
    assert set(MYSQL["RedisUsers"]["UserIds"]) == {"microshop-prod", "microshop-prod-nobody"}
    assert MYSQL["Redis"]["UserGroupIds"] == ["microshop-prod"]


def test_the_url_of_redis_names_the_user_and_the_cache_that_tokens_are_for() -> None:
    url, cache_id, cache_arn, user_arn = MYSQL.outputs("RedisUrl", "RedisCacheId", "RedisCacheArn", "RedisUserArn")

    assert url == (f"rediss://microshop-prod@microshop-prod.cache.invalid:6379/0?tls=amazon&auth=iam&cache={cache_id}")
    assert cache_arn.endswith(f":replicationgroup:{cache_id}")
    assert user_arn.endswith(":user:microshop-prod")


def test_redis_evicts_nothing() -> None:
    # An evicted list of sessions would outlive a changed password with them.
    assert MYSQL["RedisParameters"]["Properties"]["maxmemory-policy"] == "noeviction"


def test_where_one_server_exists_the_other_alone_is_made() -> None:
    of_database = ("DatabaseUrl", "MigrationDatabaseUrl", "DatabaseHost", "DatabaseIdentifier", "DatabaseResourceId")
    of_redis = ("RedisUrl", "RedisCacheArn", "RedisUserArn", "RedisCacheId", "RedisNodeId")
    without_database, without_redis = NestedStack("data", CreatesDatabase="no"), NestedStack("data", CreatesRedis="no")

    assert without_database.of("AWS::RDS::DBInstance") == without_redis.of("AWS::ElastiCache::ReplicationGroup") == []
    assert all(without_database.outputs(*of_redis))
    assert all(without_redis.outputs(*of_database))
    for stack, absent in ((without_database, (*of_database, "DatabaseAdminSecretArn")), (without_redis, of_redis)):
        for name in absent:
            with pytest.raises(TemplateError, match=f"no output {name}"):
                stack.outputs(name)
