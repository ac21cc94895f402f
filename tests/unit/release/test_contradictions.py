"""Contradictions between the parameters of a stage are reported before the deployment."""

import pytest

from tools import ROOT
from tools.release.contradictions import check_stage
from tools.release.problems import ReleaseProblem
from tools.templates import stages

_OPEN = {"RedisUrl": "redis://redis.example.com", "RedisUserArn": "none"}
_SIGNED = {"RedisUrl": "rediss://a@redis.example.com/0?tls=amazon&auth=iam&cache=shop", "RedisUserArn": "arn:…"}


def _check(given: dict[str, str]) -> None:
    check_stage(ROOT / "template.yaml", "prod", stages.parameters("prod") | given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"DatabaseMinAcu": "2", "DatabaseMaxAcu": "2"},
        {"DatabaseStorageGiB": "100", "DatabaseMaxStorageGiB": "110"},
        {"SubnetIds": "subnet-1,subnet-2"},
        {"SubnetIds": "subnet-1", "DatabaseUrl": "mysql://a@host/shop?tls=rds&auth=iam"},
        {"DomainName": "a.example.com", "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/1"},
        {
            "Distribution": "off",
            "DomainName": "a.example.com",
            "CertificateArn": "arn:aws:acm:eu-west-1:1:certificate/1",
        },
        _OPEN,
        _SIGNED,
    ],
)
def test_stage_without_contradictions_is_accepted(given: dict[str, str]) -> None:
    _check(given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"DatabaseMinAcu": "8"}, "DatabaseMinAcu is larger than DatabaseMaxAcu"),  # the default of DatabaseMaxAcu is 4
        ({"DatabaseMinAcu": "16", "DatabaseMaxAcu": "8"}, "DatabaseMinAcu is larger"),
        ({"DatabaseProxy": "on", "DatabaseEngine": "aurora", "DatabaseMinAcu": "0"}, "keep Aurora from pausing"),
        ({"DatabaseStorageGiB": "100", "DatabaseMaxStorageGiB": "109"}, "at least 10 % larger than DatabaseStorageGiB"),
        ({"QueueVisibilitySeconds": "29"}, "QueueVisibilitySeconds is less than the consumers. timeout of 30 seconds"),
        ({"SubnetIds": "subnet-1"}, "SubnetIds has one subnet"),
        (
            {"DomainName": "a", "CertificateArn": "arn:aws:acm:eu-west-1:1:certificate/1"},
            "not in us-east-1, but Distribution",
        ),
        (_SIGNED | {"RedisUserArn": "none"}, "auth=iam, but RedisUserArn is none"),
        (_OPEN | {"RedisUserArn": "arn:…"}, "RedisUrl has no auth=iam"),
    ],
)
def test_contradiction_is_reported_with_its_stage(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ReleaseProblem, match=rf"infra/stages/prod\.yaml contradicts itself: .*{sentence}"):
        _check(given)
