"""The servers that a deployment creates: backups, TLS and sign-in with tokens."""

import pytest

from microshop.platform import mysql, settings
from tests.support.deployment import Resource
from tests.support.nested_stacks import NestedStack
from tools.templates import stages
from tools.templates.model import TemplateError

MYSQL, AURORA = NestedStack("data", DatabaseEngine="mysql"), NestedStack("data", DatabaseEngine="aurora")


def _database(data: NestedStack) -> Resource:
    return data["MySql"] if "MySql" in data else data["AuroraCluster"]


_BOTH = pytest.mark.parametrize("data", [MYSQL, AURORA], ids=["mysql", "aurora"])


@_BOTH
def test_production_can_restore_any_second_of_two_weeks(data: NestedStack) -> None:
    database = _database(data)

    assert int(database["BackupRetentionPeriod"]) >= 14
    assert database["DeletionProtection"] == "true"
    assert database["DeleteAutomatedBackups"] is False
    assert database["CopyTagsToSnapshot"] is True


@_BOTH
def test_the_database_accepts_only_connections_over_tls(data: NestedStack) -> None:
    parameters = data["MySqlParameters" if data is MYSQL else "AuroraClusterParameters"]["Parameters"]

    assert parameters["require_secure_transport"] in {"1", "ON"}
    for instance in data.of("AWS::RDS::DBInstance"):
        assert instance["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"


@_BOTH
def test_neither_template_nor_url_holds_a_password_of_the_database(data: NestedStack) -> None:
    database = _database(data)
    for url in data.outputs("DatabaseUrl", "MigrationDatabaseUrl"):
        address = settings.database_address(url)
        assert not address.password

    assert database["ManageMasterUserPassword"] is True
    assert database["MasterUserPassword"] is None


@_BOTH
def test_the_urls_name_user_and_sign_in(data: NestedStack) -> None:
    host, application, migrations = data.outputs("DatabaseHost", "DatabaseUrl", "MigrationDatabaseUrl")

    assert application == f"mysql://microshop_app@{host}:3306/microshop?tls=rds&auth=iam"
    assert migrations == f"mysql://microshop_migrations@{host}:3306/microshop?tls=rds&auth=iam"


@pytest.mark.parametrize(("engine", "target"), [("mysql", "DBInstanceIdentifiers"), ("aurora", "DBClusterIdentifiers")])
def test_a_proxy_passes_the_sign_in_of_the_application_on(engine: str, target: str) -> None:
    data = NestedStack("data", DatabaseEngine=engine, DatabaseProxy="on")
    direct = MYSQL if engine == "mysql" else AURORA
    [policy] = data["ProxyRole"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert (data["Proxy"]["DefaultAuthScheme"], data["Proxy"]["RequireTLS"]) == ("IAM_AUTH", True)
    assert data["ProxyTargets"][target] == direct.outputs("DatabaseIdentifier")
    [resource] = direct.outputs("DatabaseResourceId")
    assert statement["Resource"].endswith(f":dbuser:{resource}/microshop_app")
    assert data.outputs("DatabaseUrl", "ApplicationResourceId") == [
        "mysql://microshop_app@microshop-prod.proxy.invalid:3306/microshop?tls=amazon&auth=iam",
        "prx-microshop-prod",
    ]
    # Locks of migrations belong to a connection.
    assert data.outputs("MigrationDatabaseUrl") == direct.outputs("MigrationDatabaseUrl")


def test_connections_of_a_proxy_have_the_settings_of_the_shop() -> None:
    pool = NestedStack("data", DatabaseProxy="on")["ProxyTargets"]["ConnectionPoolConfigurationInfo"]
    shops = f"{mysql._SESSION}, transaction_isolation = 'READ-COMMITTED'"

    assert " ".join(pool["InitQuery"].split()) == shops
    assert pool["SessionPinningFilters"] == ["EXCLUDE_VARIABLE_SETS"]
    assert pool["ConnectionBorrowTimeout"] < mysql._READ_TIMEOUT_SECONDS


@_BOTH
def test_the_database_accepts_as_many_connections_as_the_stage_sets(data: NestedStack) -> None:
    parameters = data["MySqlParameters" if data is MYSQL else "AuroraParameters"]["Parameters"]

    assert int(parameters["max_connections"]) == stages.parameters("prod")["DatabaseMaxConnections"]
    # The default of eight hours would count connections of ended execution environments.
    assert int(parameters["wait_timeout"]) == 900


@_BOTH
def test_the_logs_of_the_database_are_kept_for_30_days(data: NestedStack) -> None:
    database = _database(data)
    kind = "instance" if data is MYSQL else "cluster"

    named = {group["LogGroupName"]: group["RetentionInDays"] for group in data.of("AWS::Logs::LogGroup")}

    assert named == {f"/aws/rds/{kind}/microshop-prod/{log}": 30 for log in database["EnableCloudwatchLogsExports"]}


@pytest.mark.parametrize(("instance_class", "has_insights"), [("db.t4g.micro", False), ("db.m7g.large", True)])
def test_performance_insights_are_on_if_the_class_supports_them(instance_class: str, *, has_insights: bool) -> None:
    database = NestedStack("data", DatabaseInstanceClass=instance_class)["MySql"]

    assert database["EnablePerformanceInsights"] is has_insights
    assert database["PerformanceInsightsRetentionPeriod"] == (7 if has_insights else None)


def test_aurora_has_a_standby_with_multi_az() -> None:
    assert "AuroraStandby" in AURORA
    assert "AuroraStandby" not in NestedStack("data", DatabaseEngine="aurora", DatabaseMultiAz="false")


@pytest.mark.parametrize(("replicas", "nodes", "fails_over"), [("0", 1, False), ("1", 2, True), ("5", 6, True)])
def test_redis_fails_over_if_it_has_replicas(replicas: str, nodes: int, *, fails_over: bool) -> None:
    redis = NestedStack("data", RedisReplicas=replicas)["Redis"]

    assert redis["NumCacheClusters"] == nodes
    assert redis["AutomaticFailoverEnabled"] is redis["MultiAZEnabled"] is fails_over


def test_redis_accepts_only_the_shop_with_a_token() -> None:
    shop, nobody = MYSQL["RedisUser"], MYSQL["NobodyUser"]

    assert shop["UserId"] == shop["UserName"] == "microshop-prod"
    assert shop["AuthenticationMode"] == {"Type": "iam"}
    assert (nobody["UserName"], nobody["AccessString"].split()[0]) == ("default", "off")
    assert set(MYSQL["RedisUsers"]["UserIds"]) == {"microshop-prod", "microshop-prod-nobody"}
    assert MYSQL["Redis"]["UserGroupIds"] == ["microshop-prod"]


def test_the_url_of_redis_names_user_and_cache() -> None:
    url, cache_id, cache_arn, user_arn = MYSQL.outputs("RedisUrl", "RedisCacheId", "RedisCacheArn", "RedisUserArn")

    assert url == (f"rediss://microshop-prod@microshop-prod.cache.invalid:6379/0?tls=amazon&auth=iam&cache={cache_id}")
    assert cache_arn.endswith(f":replicationgroup:{cache_id}")
    assert user_arn.endswith(":user:microshop-prod")


def test_redis_evicts_nothing() -> None:
    # A changed password ends the sessions in a list; if Redis evicts the list, the sessions stay.
    assert MYSQL["RedisParameters"]["Properties"]["maxmemory-policy"] == "noeviction"


def test_only_the_missing_server_is_created() -> None:
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
