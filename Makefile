# Every task of this repository; `make help` lists them. Works with GNU make 3.81, which macOS has.

PORT ?= 3000
WORKERS ?= 3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
CODE := layers/shared/microshop functions infra tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-annotate --generate-hashes --python-version 3.13

# The checks and SAM report nothing home, and SAM finds python3.13 in the environment that holds SAM.
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help setup run reset admin reconcile test unit integration integration-mysql contract infra e2e check lint imports types \
	format lock build validate

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the locked packages into .venv (every task does this first)
	@python3 infra/local/bootstrap.py

run: setup ## serve the shop on http://127.0.0.1:3000 until Ctrl-C (PORT=3001 for another port, LOCAL_THROTTLE=off for load tests)
	@exec $(BIN)/python -m infra.local run --port $(PORT)

reset: setup ## delete all local data
	@$(BIN)/python -m infra.local reset

admin: setup ## make a registered user of the running shop an admin: EMAIL=someone@example.com
	@$(BIN)/python -m infra.local admin "$(EMAIL)"

reconcile: setup ## check the running shop's books (REPAIR=yes mends what is safe, DAYS=35, STACK=microshop-prod)
	@$(BIN)/python -m infra.local reconcile $(if $(REPAIR),--repair) $(if $(DAYS),--days $(DAYS)) $(if $(STACK),--stack $(STACK))

test: setup ## run every test but the end-to-end ones
	$(PYTEST) -n $(WORKERS) tests/unit tests/integration tests/contract tests/infra

unit: setup ## run the unit tests: no server, no network
	$(PYTEST) tests/unit

integration: setup ## run the tests against a real database, Redis and AWS stand-in
	$(PYTEST) -n $(WORKERS) tests/integration

integration-mysql: setup ## run the integration tests against MySQL instead of MariaDB (Debian and Ubuntu)
	MICROSHOP_PROPERTY_EXAMPLES=30 MICROSHOP_PROPERTY_SEED=0 $(BIN)/python -m infra.local.servers.mysql_from_debian $(PYTEST) -n $(WORKERS) tests/integration

contract: setup ## hold template, OpenAPI description, event schemas and real answers against each other
	$(PYTEST) -n $(WORKERS) tests/contract

infra: setup ## check the template for what it promises: queues, alarms, privileges, throttling
	$(PYTEST) tests/infra

e2e: setup ## run customer journeys over HTTP against a local stack, and the documentation in a browser
	$(PYTEST) tests/e2e

check: lint imports types test ## do what has to pass before a change is merged

lint: setup ## check style and workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/zizmor --offline --quiet .github/workflows

imports: setup ## check that dependencies between packages point down
	PYTHONPATH=layers/shared $(BIN)/lint-imports --no-cache

types: setup ## check types
	$(BIN)/mypy $(CODE)

format: setup ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: setup ## resolve the requirements anew into hash-locked files (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) requirements-uv.in -o requirements-uv.txt
	$(COMPILE) $(UPGRADE) layers/shared/requirements.in -o layers/shared/requirements.txt
	$(COMPILE) $(UPGRADE) layers/stripe/requirements.in -o layers/stripe/requirements.txt
	$(COMPILE) $(UPGRADE) requirements-dev.in -o requirements-dev.txt

build: setup ## build the functions and the layer for AWS
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build

validate: setup ## check the template with SAM and cfn-lint
	$(BIN)/sam validate --lint
