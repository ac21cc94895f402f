# Every task of this repository; `make help` lists them. Works with GNU make 3.81, which macOS has.

PORT ?= 3000
STAGE ?= dev
WORKERS ?= 3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
CODE := layers/shared/microshop functions tools tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-annotate --generate-hashes --python-version 3.13

# The checks and SAM report nothing home, and SAM finds python3.13 in the environment that holds SAM.
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help setup run reset admin sessions migrate migrations seed reconcile dead-letters redrive replay read-only \
	test unit integration integration-mysql contract infra e2e sam check lint imports types scan advisories format lock endpoint documents \
	build validate deploy changes

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the locked packages into .venv (every task does this first)
	@python3 tools/setup/install.py

run: setup ## serve the shop on http://127.0.0.1:3000 until Ctrl-C (PORT=3001 for another port, LOCAL_THROTTLE=off for load tests)
	@exec $(BIN)/python -m tools.local run --port $(PORT)

reset: setup ## delete all local data
	@$(BIN)/python -m tools.local reset

# The operator's commands speak to the running local shop, or with STACK=microshop-prod to a deployed one.
OPERATOR = $(BIN)/python -m tools.operator $@ $(if $(STACK),--stack "$(STACK)")

admin: setup ## make a registered user an admin: EMAIL=someone@example.com (CREATE=yes registers it first, REVOKE=yes revokes the role)
	@$(OPERATOR) "$(EMAIL)" $(if $(CREATE),--create) $(if $(REVOKE),--revoke)

sessions: setup ## count a user's sessions: EMAIL=someone@example.com (END=yes ends them all)
	@$(OPERATOR) "$(EMAIL)" $(if $(END),--end)

migrate: setup ## bring the database's schema up to date
	@$(OPERATOR)

migrations: setup ## which migrations are applied, which wait
	@$(OPERATOR)

seed: setup ## put the demo catalogue on sale: EMAIL=an-admin@example.com (FORCE=yes even in production)
	@$(OPERATOR) $(if $(EMAIL),--email "$(EMAIL)") $(if $(FORCE),--force)

reconcile: setup ## check the shop's books (REPAIR=yes mends what is safe, DAYS=35)
	@$(OPERATOR) $(if $(REPAIR),--repair) $(if $(DAYS),--days "$(DAYS)")

dead-letters: setup ## what consumers could not handle (QUEUE=CustomerMail lists, ID=message explains)
	@$(OPERATOR) $(if $(QUEUE),--queue "$(QUEUE)") $(if $(ID),--id "$(ID)")

redrive: setup ## send dead letters back to their queue: QUEUE=CustomerMail ID=message or ALL=yes
	@$(OPERATOR) --queue "$(QUEUE)" $(if $(ALL),--all) $(if $(ID),--id "$(ID)")

replay: setup ## publish past events again: FROM=2026-11-24T10:00Z (TO=, QUEUE=CustomerMail, EVENTS=OrderPaid, STATUS=replay)
	@$(OPERATOR) $(if $(STATUS),--status "$(STATUS)") $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") \
		$(if $(QUEUE),--queue "$(QUEUE)") $(if $(EVENTS),--events "$(EVENTS)")

# Free text comes from the environment, where make puts what its command line says: quotes in it stay what they are.
read-only: setup ## whether the shop takes changes; ON="why" stops them, OFF=yes lets them happen again
	@$(OPERATOR) $(if $(ON),--on "$$ON") $(if $(OFF),--off)

test: setup ## run every test but the end-to-end ones
	$(PYTEST) -n $(WORKERS) tests/unit tests/integration tests/contract tests/infra

unit: setup ## run the unit tests: no server, no network
	$(PYTEST) tests/unit

integration: setup ## run the tests against a real database, Redis and AWS stand-in
	$(PYTEST) -n $(WORKERS) tests/integration

integration-mysql: setup ## run the integration tests against MySQL instead of MariaDB (Debian and Ubuntu)
	MICROSHOP_PROPERTY_EXAMPLES=30 MICROSHOP_PROPERTY_SEED=0 $(BIN)/python -m tools.local.servers.mysql_from_debian $(PYTEST) -n $(WORKERS) tests/integration

contract: setup ## hold template, OpenAPI description, event schemas and real answers against each other
	$(PYTEST) -n $(WORKERS) tests/contract

infra: setup ## check the template for what it promises: queues, alarms, privileges, throttling
	$(PYTEST) tests/infra

e2e: setup ## run customer journeys over HTTP against a local stack, and the documentation in a browser
	$(PYTEST) tests/e2e

sam: setup ## prove the build with SAM's own tools: build, local invoke, start-api, deploy to a stand-in (needs Docker)
	$(PYTEST) -n 2 --dist loadfile tests/sam

check: lint imports types test ## do what has to pass before a change is merged

lint: setup ## check style, endpoints, templates, computed files, compatibility of the API and workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m tools.endpoints check
	$(BIN)/python -m tools.lint
	$(BIN)/python -m tools.documents --check
	$(BIN)/python -m tools.compatibility
	$(BIN)/zizmor --offline --quiet .github/workflows

scan: setup ## ask a security scanner about the templates of every stage (its first run installs it into .venv-scan)
	$(BIN)/python -m tools.scan

# Advisories appear without a change here, so no other task and no deployment waits for their answer.
LOCKS = requirements-dev.txt $(wildcard layers/*/requirements.txt tools/*/requirements.txt)
advisories: setup ## ask PyPI whether a locked package is known to be vulnerable (its first run installs pip-audit into .venv-advisories)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-advisories
	$(BIN)/uv pip sync --quiet --python .venv-advisories --require-hashes tools/advisories/requirements.txt
	@for lock in $(LOCKS); do \
		echo "advisories: $$lock"; \
		.venv-advisories/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r "$$lock" || failed=1; \
	done; [ -z "$$failed" ]

imports: setup ## check that dependencies between packages point down
	PYTHONPATH=layers/shared:. $(BIN)/lint-imports --no-cache
	PYTHONPATH=layers/shared:. $(BIN)/lint-imports --no-cache --config tools/lint/import_cycles.toml

types: setup ## check types
	$(BIN)/mypy $(CODE)

format: setup ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: setup ## resolve the requirements anew into hash-locked files (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) tools/setup/requirements.in -o tools/setup/requirements.txt
	$(COMPILE) $(UPGRADE) layers/shared/requirements.in -o layers/shared/requirements.txt
	$(COMPILE) $(UPGRADE) layers/stripe/requirements.in -o layers/stripe/requirements.txt
	$(COMPILE) $(UPGRADE) tools/scan/requirements.in -o tools/scan/requirements.txt
	$(COMPILE) $(UPGRADE) tools/advisories/requirements.in -o tools/advisories/requirements.txt
	$(COMPILE) $(UPGRADE) tools/sam_image/requirements.in -o tools/sam_image/requirements.txt
	$(COMPILE) $(UPGRADE) requirements-dev.in -o requirements-dev.txt

endpoint: setup ## add an endpoint's skeleton: NAME=add_wish DOMAIN=wishlist ROUTE="POST /api/v1/wishlist" (ROLE=customer|admin|anyone)
	@$(BIN)/python -m tools.endpoints new --name "$(NAME)" --domain "$(DOMAIN)" --route "$(ROUTE)" --role "$(or $(ROLE),customer)"
	@$(BIN)/python -m tools.documents

documents: setup ## write what is computed from code and templates: schemas, sample events, consumers, dashboard, costs …
	$(BIN)/python -m tools.documents

PARAMETERS = "file://.aws-sam/parameters/$(STAGE).yaml"

# Every stage's parameters with the hash of this build: samconfig.toml hands them to `sam deploy`.
build: setup ## build functions and layers for AWS, and every stage's parameters (REDEPLOY=why publishes what is unchanged)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build
	$(BIN)/python -m tools.release parameters $(if $(REDEPLOY),--redeploy "$$REDEPLOY") $(if $(ALARMS),--alarms "$(ALARMS)")

deploy: build ## build and deploy into the AWS account at hand: STAGE=dev (FIRST=yes leaves a new stack deletable, ALARMS=off: no alarm refuses it)
	$(BIN)/sam deploy --config-env "$(STAGE)" $(if $(filter yes,$(FIRST)),--parameter-overrides $(PARAMETERS) DeletionProtection=false)
	@$(if $(filter yes,$(FIRST)),echo "deploy once more without FIRST, which protects database and stack",$(BIN)/python -m tools.release protect --stage "$(STAGE)")

changes: build ## list what a deployment would replace or remove, in nested stacks too; deploys nothing: STAGE=dev
	$(BIN)/sam package --config-env "$(STAGE)" --resolve-s3 --s3-prefix "microshop-$(STAGE)" --output-template-file .aws-sam/packaged.yaml
	$(BIN)/python -m tools.release changes --stage "$(STAGE)" --template .aws-sam/packaged.yaml

validate: setup ## check the template with SAM and cfn-lint
	$(BIN)/sam validate --lint
