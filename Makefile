# Every task of this repository; `make help` lists them. Works with GNU make 3.81, which macOS has.

PORT ?= 3000
STAGE ?= dev
# Processes that run tests: three for two cores, because tests wait for servers. Redis has 15 databases for them.
WORKERS ?= $(shell python3 -c 'import os; print(min(15, (os.cpu_count() or 2) * 3 // 2))')
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
CODE := layers/shared/microshop functions tools tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-annotate --generate-hashes --python-version 3.13

# The checks and SAM report nothing home, and SAM finds python3.13 in the environment that holds SAM.
export SAM_CLI_TELEMETRY := 0

# The AWS command line reads AWS_REGION first; SAM and boto3 read AWS_DEFAULT_REGION only.
ifneq ($(AWS_REGION),)
export AWS_DEFAULT_REGION := $(AWS_REGION)
endif

.DEFAULT_GOAL := help
TASKS := help command-line setup setup-run run tour reset mails admin sessions migrate migrations seed reconcile dead-letters redrive replay read-only \
	quick test unit integration integration-mysql contract infra e2e sam invoke function-missing start-api check lint imports types scan advisories format lock endpoint documents \
	build validate deploy changes
.PHONY: $(TASKS)

# A line of help after the first begins with `##   `, a group of tasks with `##@`.
help: ## list the tasks
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 } \
		/^##   / { printf "%26s%s\n", "", substr($$0, 6) }' $(MAKEFILE_LIST)

CHECK = GOALS='$(subst ','\'',$(1))' python3 -m tools.setup.command_line
# Before anything else, because make takes misspelt variables without a word. A make above this one has variables of its own.
command-line:
	@$(if $(filter 0,$(MAKELEVEL)),$(if $(MAKEOVERRIDES)$(word 2,$(MAKECMDGOALS)),$(call CHECK,$(MAKECMDGOALS))))

.DEFAULT:
	@$(call CHECK,$@)

# Goals that are files and no tasks, such as `make tests`: make takes them for up to date and has no .DEFAULT for them.
FILES := $(filter-out $(TASKS) Makefile,$(wildcard $(MAKECMDGOALS)))
.PHONY: $(FILES)
$(FILES):
	@$(call CHECK,$@)

##@ Serve the shop
setup: command-line ## install all locked packages (tasks do it themselves)
	@python3 -m tools.setup

# What the shop and the operator's commands need, without the tools of tests, checks and deployments.
setup-run: command-line
	@python3 -m tools.setup run

run: command-line ## serve it on http://127.0.0.1:3000 until Ctrl-C
##   PORT=3001 takes another port,
##   LOCAL_THROTTLE=off is for load tests,
##   LOG=debug logs schedules, probes and metrics too,
##   LOG_FORMAT=text|json chooses the form of the log
	@python3 -m tools.setup run --port "$(PORT)"
	@exec $(BIN)/python -m tools.local run --port "$(PORT)"

tour: setup-run ## show what the running shop does, step by step
##   CURL=yes prints each request as a command too,
##   PORT=3001 refuses a shop on another port,
##   TRANSCRIPT=docs/tour.md writes the tour as a document
	@exec $(BIN)/python -m tools.tour $(if $(CURL),--curl) $(if $(filter file default,$(origin PORT)),,--port "$(PORT)") $(if $(TRANSCRIPT),--transcript "$(TRANSCRIPT)")

reset: setup-run ## delete all local data, after a question
##   YES=yes asks nothing
	@$(BIN)/python -m tools.local reset $(if $(YES),--yes)

mails: setup-run ## list the mails that the running shop has sent
##   ID=… shows one
	@$(BIN)/python -m tools.local mails $(if $(ID),"$(ID)")

##@ Operate it: the running local shop, or with STACK=microshop-prod a deployed one
# The commands read their variables from MAKEFLAGS: there, quotes and dollars are what was typed, and no shell sees them.
OPERATOR = exec $(BIN)/python -m tools.operator $@

admin: setup-run ## make a registered user an admin: EMAIL=you@example.com
##   CREATE=yes registers the account first,
##   REVOKE=yes makes an admin a customer again
	@$(OPERATOR)

sessions: setup-run ## count a user's sessions: EMAIL=you@example.com
##   END=yes ends them all
	@$(OPERATOR)

migrate: setup-run ## bring the database's schema up to date
	@$(OPERATOR)

migrations: setup-run ## list applied and pending migrations
	@$(OPERATOR)

seed: setup-run ## put the demo catalogue on sale
##   EMAIL=admin@example.com signs in as this admin,
##   FORCE=yes allows it in production too
	@$(OPERATOR)

reconcile: setup-run ## compare stock, orders, events and payments
##   DAYS=35 compares those of the last 35 days,
##   REPAIR=yes repairs what is safe to repair
	@$(OPERATOR)

dead-letters: setup-run ## list the events that consumers could not handle
##   QUEUE=CustomerMail lists one queue,
##   ID=… explains one message
	@$(OPERATOR)

redrive: setup-run ## send dead letters back to their consumer
##   QUEUE=CustomerMail, with ID=… for one or ALL=yes
	@$(OPERATOR)

replay: setup-run ## publish past events again: FROM=2026-11-24T10:00Z
##   TO=2026-11-24T11:00Z ends the period before now,
##   QUEUE=CustomerMail, EVENTS=OrderPaid select consumers,
##   STATUS=… shows how far a replay is
	@$(OPERATOR)

read-only: setup-run ## show whether the shop takes changes
##   ON="reason" stops them, OFF=yes allows them again
	@$(OPERATOR)

##@ Test it
quick: setup ## run style, unit and contract tests: WORKERS=4|auto
	$(BIN)/ruff check
	$(PYTEST) -n $(WORKERS) tests/unit tests/contract

test: setup ## run all tests but e2e and sam: WORKERS=4|auto
	$(PYTEST) -n $(WORKERS) tests/unit tests/integration tests/contract tests/infra

unit: setup ## run the unit tests: no server, no network
	$(PYTEST) tests/unit

integration: setup ## run the tests against real servers: WORKERS=4|auto
	$(PYTEST) -n $(WORKERS) tests/integration

integration-mysql: setup ## run them against MySQL instead of MariaDB
##   WORKERS=4|auto (Debian and Ubuntu only)
	MICROSHOP_PROPERTY_EXAMPLES=30 MICROSHOP_PROPERTY_SEED=0 $(BIN)/python -m tools.local.servers.mysql_from_debian $(PYTEST) -n $(WORKERS) tests/integration

contract: setup ## compare template, OpenAPI, event schemas and answers
##   WORKERS=4|auto
	$(PYTEST) -n $(WORKERS) tests/contract

infra: setup ## check what the templates promise: queues, alarms …
	$(PYTEST) tests/infra

e2e: setup ## run journeys over HTTP and /docs in a browser
	$(PYTEST) tests/e2e

sam: setup ## prove the build with SAM's own tools (Docker on Linux)
	$(PYTEST) -n 2 --dist loadfile tests/sam

invoke: $(if $(FUNCTION),setup,function-missing) ## run a function in a container (Docker on Linux)
##   FUNCTION=place_order,
##   EVENT=file.json in place of its sample event
	@$(BIN)/python -m tools.sam_local invoke "$(FUNCTION)" $(if $(EVENT),--event "$(EVENT)")

function-missing:
	@echo "microshop: make invoke needs FUNCTION=…, such as FUNCTION=place_order" >&2; exit 2

start-api: setup ## serve the API from containers (Docker on Linux)
##   PORT=3001 is where it listens
	@$(BIN)/python -m tools.sam_local start-api --port $(if $(filter file default,$(origin PORT)),3001,$(PORT))

##@ Change it
check: lint imports types test ## run lint, imports, types, test: a change must pass

lint: setup ## check style, endpoints, templates, computed files, API
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m tools.endpoints check
	$(BIN)/python -m tools.lint
	$(BIN)/python -m tools.documents --check
	$(BIN)/python -m tools.compatibility
	$(BIN)/zizmor --offline --quiet .github/workflows

scan: setup ## run a security scanner over every stage's templates
##   (its first run installs it into .venv-scan)
	$(BIN)/python -m tools.scan

# Advisories appear without a change here, so no other task and no deployment waits for their answer.
LOCKS = requirements-dev.txt requirements-run.txt $(wildcard layers/*/requirements.txt tools/*/requirements.txt)
advisories: setup ## ask PyPI for vulnerabilities of the locked packages
##   (its first run installs pip-audit)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-advisories
	$(BIN)/uv pip sync --quiet --python .venv-advisories --require-hashes tools/advisories/requirements.txt
	@for lock in $(LOCKS); do \
		echo "advisories: $$lock"; \
		.venv-advisories/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r "$$lock" || failed=1; \
	done; [ -z "$$failed" ]

imports: setup ## check which package imports which
	PYTHONPATH=layers/shared:. $(BIN)/lint-imports --no-cache
	PYTHONPATH=layers/shared:. $(BIN)/lint-imports --no-cache --config tools/lint/import_cycles.toml

types: setup ## check types
	$(BIN)/mypy $(CODE)

# Formatting wraps most lines that the check would refuse. Where it cannot read a file, the second time says so.
format: setup ## format the code, fix what can be fixed, list the rest
	@$(BIN)/ruff format --quiet 2>/dev/null; $(BIN)/ruff check --fix; left=$$?; $(BIN)/ruff format && exit $$left

lock: setup ## lock the versions and hashes of all packages
##   UPGRADE=yes takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/setup/requirements.in -o tools/setup/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) layers/shared/requirements.in -o layers/shared/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) layers/stripe/requirements.in -o layers/stripe/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/scan/requirements.in -o tools/scan/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/advisories/requirements.in -o tools/advisories/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/sam_image/requirements.in -o tools/sam_image/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) -c requirements-dev.txt requirements-run.in -o requirements-run.txt

endpoint: setup ## add the skeleton of an endpoint: NAME=add_wish
##   DOMAIN=wishlist, ROUTE="POST /api/v1/wishlist",
##   ROLE=customer|admin|anyone
	@$(BIN)/python -m tools.endpoints new --name "$(NAME)" --domain "$(DOMAIN)" --route "$(ROUTE)" --role "$(or $(ROLE),customer)"
	@$(BIN)/python -m tools.documents

documents: setup ## write what is computed: schemas, samples, tables …
	$(BIN)/python -m tools.documents

##@ Deploy it
PARAMETERS = "file://.aws-sam/parameters/$(STAGE).yaml"

GOAL = $(firstword $(filter deploy changes,$(MAKECMDGOALS)))
READY = ready $(if $(GOAL),--goal $(GOAL) --stage "$(STAGE)" $(if $(filter yes,$(FIRST)),--first))

# Every stage's parameters with the hash of this build: samconfig.toml hands them to `sam deploy`.
build: setup ## build functions, layers and every stage's parameters
##   REDEPLOY="why" publishes unchanged functions too,
##   ALARMS=on|off (off: no alarm undoes it)
	@$(BIN)/python -m tools.release $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build
	$(BIN)/python -m tools.release parameters $(if $(REDEPLOY),--redeploy "$$REDEPLOY") $(if $(ALARMS),--alarms "$(ALARMS)")

deploy: build ## build and deploy to AWS: STAGE=dev|staging|prod
##   FIRST=yes leaves a new stack deletable,
##   ALARMS=on|off and REDEPLOY="why" are those of build
	$(BIN)/sam deploy --config-env "$(STAGE)" $(if $(filter yes,$(FIRST)),--parameter-overrides $(PARAMETERS) DeletionProtection=false)
	@$(if $(filter yes,$(FIRST)),echo "deploy once more without FIRST, which protects database and stack",$(BIN)/python -m tools.release protect --stage "$(STAGE)")

changes: build ## list what a deployment would replace or remove
##   STAGE=dev|staging|prod (deploys nothing)
	$(BIN)/sam package --config-env "$(STAGE)" --resolve-s3 --s3-prefix "microshop-$(STAGE)" --output-template-file .aws-sam/packaged.yaml
	$(BIN)/python -m tools.release changes --stage "$(STAGE)" --template .aws-sam/packaged.yaml

validate: setup ## check the template with SAM and cfn-lint
	$(BIN)/sam validate --lint
