"""Prices of AWS in us-east-1, in US dollars, from the public price pages of November 2025; not checked live.

On-demand prices without free tiers, savings plans and taxes. Each group names its page under https://aws.amazon.com/.
AS_OF is the date of all prices, so always update all of them together.
"""

REGION = "us-east-1"
AS_OF = "November 2025"

HOURS = 730  # per month, as AWS counts
MINUTES = HOURS * 60
SECONDS = HOURS * 3600
MILLION = 1_000_000

# lambda/pricing
LAMBDA_REQUESTS = 0.20 / MILLION
LAMBDA_GB_SECONDS = 0.0000166667  # x86; includes the INIT phase since August 2025
# api-gateway/pricing, REST
API_REQUESTS = 3.50 / MILLION
# cloudfront/pricing, to clients in North America and Europe; transfer from API Gateway to CloudFront is free
DISTRIBUTION_REQUESTS = 1.00 / MILLION
DISTRIBUTION_FUNCTIONS = 0.10 / MILLION
DISTRIBUTION_OUT_GB = 0.085
# ec2/pricing/on-demand, data transfer out to the Internet
TRANSFER_OUT_GB = 0.09
# vpc/pricing
NAT_HOURS = 0.045
NAT_GB = 0.045
PUBLIC_ADDRESS_HOURS = 0.005
# privatelink/pricing, an endpoint in a zone
ENDPOINT_HOURS = 0.01
ENDPOINT_GB = 0.01
# rds/mysql/pricing, in one zone; a standby doubles both
DATABASE_HOURS = {
    "db.t4g.micro": 0.016,
    "db.t4g.small": 0.032,
    "db.t4g.medium": 0.065,
    "db.t4g.large": 0.129,
    "db.m7g.large": 0.168,
    "db.m7g.xlarge": 0.337,
    "db.m7g.2xlarge": 0.674,  # from here on, each size costs twice the one before
    "db.m7g.4xlarge": 1.348,
    "db.m7g.8xlarge": 2.696,
    "db.m7g.16xlarge": 5.392,
}
# rds/proxy/pricing, a vCPU of the database, or a capacity unit of Aurora (at least eight)
PROXY_HOURS = 0.015
DATABASE_GB = 0.115  # gp3
# rds/aurora/pricing
AURORA_ACU_HOURS = 0.12
AURORA_GB = 0.10
AURORA_IO = 0.20 / MILLION
# elasticache/pricing, Valkey
REDIS_HOURS = {
    "cache.t4g.micro": 0.0128,
    "cache.t4g.small": 0.0256,
    "cache.t4g.medium": 0.052,
    "cache.m7g.large": 0.1264,
}
# waf/pricing; a managed rule group counts as one rule
FIREWALL = 5.00
FIREWALL_RULES = 1.00
FIREWALL_REQUESTS = 0.60 / MILLION
# cloudwatch/pricing
LOG_GB_WRITTEN = 0.50
LOG_GB_KEPT = 0.03
METRICS = 0.30
ALARM_METRICS = 0.10  # each metric that an alarm reads, or that its Metrics Insights query analyses
DASHBOARDS = 3.00
# xray/pricing
TRACES = 5.00 / MILLION
# eventbridge/pricing
EVENTS = 1.00 / MILLION
# sqs/pricing
QUEUE_REQUESTS = 0.40 / MILLION
# ses/pricing
MAILS = 0.10 / 1000
# secrets-manager/pricing
SECRETS = 0.40
# kms/pricing, a customer managed key; the first two yearly rotations add the same amount each
KEYS = 1.00
