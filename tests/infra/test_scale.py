"""docs/scale.md: what it says of three rates of orders follows from templates, measurements and quotas."""

import pytest

from tests.support.deployment import ROOT
from tools.documents.costs import prices
from tools.documents.costs.bill import bill, total
from tools.documents.scale import configurations, quotas, resources
from tools.documents.scale.configurations import LARGE, MEDIUM, PROD, Configuration
from tools.documents.scale.document import documents, dollars_per_million, stacks_for
from tools.documents.scale.measured import figure
from tools.documents.scale.resources import Resource, capacity
from tools.templates import stages
from tools.templates.deployment import deployment


def test_the_tables_are_those_of_the_data() -> None:
    [(file, text)] = documents().items()

    assert file == ROOT / "docs/scale.md"
    assert file.read_text(encoding="utf-8") == text, "make documents"


def test_the_summary_holds() -> None:
    assert stacks_for(10, PROD) == 1
    assert resources.resources(PROD)[0].name == "API Gateway: throttling of the stage"
    assert stacks_for(1_000, PROD) > 1
    assert stacks_for(1_000, MEDIUM) == 1
    assert not [name for name in MEDIUM.parameters if name.startswith(("Database", "Redis"))]
    assert stacks_for(100_000, LARGE) > 1


def test_capacity_leaves_headroom_at_every_resource() -> None:
    used = {
        (each.name, resource.name): resource.used(capacity(each))
        for each in configurations.ALL
        for resource in resources.resources(each)
    }

    assert max(used.values()) == pytest.approx(resources.HEADROOM)


def test_use_grows_from_that_of_an_idle_stack() -> None:
    connections = Resource("connections", limit=640, an_order=6, turn="", idle=64)

    assert connections.used(0) == pytest.approx(0.1)
    assert connections.used(10) == pytest.approx((64 + 60) / 640)
    assert connections.used(connections.capacity) == pytest.approx(resources.HEADROOM)


@pytest.mark.parametrize(
    ("parameter", "value", "resource"),
    [
        ("StageRateLimit", "600", "API Gateway: throttling of the stage"),
        ("DatabaseInstanceClass", "db.m7g.2xlarge", "Database: CPU"),
        ("DatabaseMaxConnections", "2560", "Database: connections"),
    ],
)
def test_twice_the_parameter_is_twice_the_limit(parameter: str, value: str, resource: str) -> None:
    def limit(configuration: Configuration) -> float:
        [found] = [each for each in resources.resources(configuration) if each.name == resource]
        return found.limit

    assert limit(Configuration("turned", {parameter: value})) == 2 * limit(PROD)


def test_a_million_orders_cost_what_the_bill_says() -> None:
    orders = 1_000 * prices.MINUTES

    assert dollars_per_million(1_000, MEDIUM) == pytest.approx(
        total(bill("prod", orders, **MEDIUM.parameters)) / orders * 1_000_000
    )


def test_configurations_are_parameters_of_the_template_with_prices() -> None:
    known = deployment("prod").parameters

    assert {name for each in configurations.ALL for name in each.parameters} <= set(known)
    assert set(resources.VCPUS) == set(prices.DATABASE_HOURS)
    classes = {stages.parameters(name)["DatabaseInstanceClass"] for name in stages.NAMES}
    assert classes <= set(resources.VCPUS)


def test_every_quota_has_a_page_and_the_document_shows_it() -> None:
    text = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    hosts = ("https://docs.aws.amazon.com/", "https://docs.stripe.com/")

    assert [quota.name for quota in quotas.ALL if not quota.page.startswith(hosts)] == []
    assert [quota.name for quota in quotas.ALL if f"[{quota.name}]({quota.page})" not in text] == []


def test_a_measured_figure_that_no_result_has_is_an_error() -> None:
    assert figure("traffic", "database, statements", "an order") > 0
    with pytest.raises(LookupError, match=r"docs/performance/traffic\.json has no row 'nothing'"):
        figure("traffic", "nothing", "an order")
