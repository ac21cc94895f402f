# Every task of this repository; `make help` lists them. Works with GNU make 3.81, the version of macOS.

PORT ?= 3000
STAGE ?= dev
# Processes that run tests: three for two cores, because tests wait for servers. Redis has 15 databases for them.
WORKERS ?= $(shell python3 -c 'import os; print(min(15, (os.cpu_count() or 2) * 3 // 2))')
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# A worker that has finished its share takes tests from the others.
PARALLEL = -n $(WORKERS) --dist worksteal
CODE := layers/shared/microshop functions tools tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-annotate --generate-hashes --python-version 3.13

# Turns off the telemetry of SAM.
export SAM_CLI_TELEMETRY := 0

# The AWS command line reads AWS_REGION first; SAM and boto3 read AWS_DEFAULT_REGION only.
ifneq ($(AWS_REGION),)
export AWS_DEFAULT_REGION := $(AWS_REGION)
endif

.DEFAULT_GOAL := help
TASKS := help command-line setup setup-run run tour reset load-data mails load admin sessions migrate migrations seed reconcile dead-letters redrive replay replay-erasures read-only \
	quick test unit integration integration-mysql contract infra e2e sam bench bench-quick invoke function-missing start-api check lint imports types scan advisories format lock endpoint documents \
	build validate deploy changes
.PHONY: $(TASKS)

# Further lines of help begin with `##   `, groups of tasks with `##@`.
help: ## list the tasks
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 } \
		/^##   / { printf "%26s%s\n", "", substr($$0, 6) }' $(MAKEFILE_LIST)

CHECK = GOALS='$(subst ','\'',$(1))' python3 -m tools.setup.command_line
# Runs first, because make silently accepts misspelt variables. Skipped in a nested make, whose parent may have other variables.
command-line:
	@$(if $(filter 0,$(MAKELEVEL)),$(if $(MAKEOVERRIDES)$(word 2,$(MAKECMDGOALS)),$(call CHECK,$(MAKECMDGOALS))))

.DEFAULT:
	@$(call CHECK,$@)

# Goals that are files, not tasks, such as `make tests`: make treats them as up to date and does not use .DEFAULT.
FILES := $(filter-out $(TASKS) Makefile,$(wildcard $(MAKECMDGOALS)))
.PHONY: $(FILES)
$(FILES):
	@$(call CHECK,$@)

##@ Serve the shop
setup: command-line ## install all locked packages (other tasks do it too)
	@python3 -m tools.setup

# Installs the packages of the shop and the operator's commands, without those of tests, checks and deployments.
setup-run: command-line
	@python3 -m tools.setup run

run: command-line ## run the shop on http://127.0.0.1:3000 until Ctrl-C
##   PORT=3001 uses another port,
##   LOCAL_THROTTLE=off is for load tests,
##   LOG=debug logs schedules, probes and metrics too,
##   LOG_FORMAT=text|json chooses the form of the log
	@python3 -m tools.setup run --port "$(PORT)"
	@exec $(BIN)/python -m tools.local run --port "$(PORT)"

tour: setup-run ## show the features of the running shop, step by step
##   CURL=yes also prints each request as a curl command,
##   PORT=3001 accepts only the shop on this port,
##   TRANSCRIPT=docs/tour.md writes the tour as a document
	@exec $(BIN)/python -m tools.tour $(if $(CURL),--curl) $(if $(filter file default,$(origin PORT)),,--port "$(PORT)") $(if $(TRANSCRIPT),--transcript "$(TRANSCRIPT)")

reset: setup-run ## delete all local data, after confirmation
##   YES=yes skips the confirmation
	@$(BIN)/python -m tools.local reset $(if $(YES),--yes)

load-data: setup-run ## fill the running shop with data: PRODUCTS=1000
##   ORDERS=5000 and USERS=250 are totals of all loads,
##   DATABASE=mysql://… fills another local database
	@exec $(BIN)/python -m tools.load_data $(if $(PRODUCTS),--products "$(PRODUCTS)") $(if $(ORDERS),--orders "$(ORDERS)") $(if $(USERS),--users "$(USERS)") $(if $(DATABASE),--database "$$DATABASE")

mails: setup-run ## list the mails of the running shop
##   ID=… shows one mail
	@$(BIN)/python -m tools.local mails $(if $(ID),"$(ID)")

load: setup-run ## run a load test of the shop, or of URL=https://…
##   RATE=20 are requests a second, DURATION=30 seconds,
##   ERRORS=1 is the accepted share of errors in percent,
##   RESULT=load.md writes the result page as a document,
##   EMAIL=you@example.com is an admin of a deployed shop,
##   STAGE=dev|staging|prod is its stage if not in the URL,
##   FORCE=yes allows it in production too
	@exec $(BIN)/python -m tools.load

##@ Operate it: the running local shop, or with STACK=microshop-prod a deployed one
# The commands read their variables from MAKEFLAGS, where quotes and dollars are as typed; no shell interprets them.
OPERATOR = exec $(BIN)/python -m tools.operator $@

admin: setup-run ## make a registered user an admin: EMAIL=you@example.com
##   CREATE=yes registers the account first,
##   REVOKE=yes makes an admin a customer again
	@$(OPERATOR)

sessions: setup-run ## count a user's sessions: EMAIL=you@example.com
##   END=yes ends them all
	@$(OPERATOR)

migrate: setup-run ## apply pending migrations of the database schema
	@$(OPERATOR)

migrations: setup-run ## list applied and pending migrations
	@$(OPERATOR)

seed: setup-run ## create the demo products
##   EMAIL=admin@example.com logs in as this admin,
##   FORCE=yes allows it in production too
	@$(OPERATOR)

reconcile: setup-run ## compare stock, orders, events and payments
##   DAYS=35 compares what changed in 35 days,
##   FULL=yes everything; it can be interrupted,
##   REPAIR=yes makes the repairs that are safe
	@$(OPERATOR)

dead-letters: setup-run ## list the events that consumers could not handle
##   QUEUE=CustomerMail lists one queue,
##   ID=… explains one message
	@$(OPERATOR)

redrive: setup-run ## send dead letters back to their queue
##   QUEUE=CustomerMail, with ID=… for one or ALL=yes
	@$(OPERATOR)

replay: setup-run ## publish past events again: FROM=2026-11-24T10:00Z
##   TO=2026-11-24T11:00Z ends the period before now,
##   QUEUE=CustomerMail, EVENTS=OrderPaid select consumers,
##   STATUS=… shows the progress of a replay
	@$(OPERATOR)

replay-erasures: setup-run ## erase again, after a restore, who was erased before
	@$(OPERATOR)

read-only: setup-run ## show whether the shop accepts changes
##   ON="reason" stops them, OFF=yes allows them again
	@$(OPERATOR)

##@ Test it
quick: setup ## run style, unit and contract tests: WORKERS=4|auto
	$(BIN)/ruff check
	$(PYTEST) $(PARALLEL) tests/unit tests/contract

test: setup ## run all tests except e2e and sam: WORKERS=4|auto
	$(PYTEST) $(PARALLEL) tests/unit tests/integration tests/contract tests/infra

unit: setup ## run the unit tests: no server, no network
	$(PYTEST) tests/unit

integration: setup ## run the tests against real servers: WORKERS=4|auto
	$(PYTEST) $(PARALLEL) tests/integration

integration-mysql: setup ## run them against MySQL instead of MariaDB
##   WORKERS=4|auto (Debian and Ubuntu only)
	MICROSHOP_PROPERTY_EXAMPLES=30 MICROSHOP_PROPERTY_SEED=0 $(BIN)/python -m tools.local.servers.mysql_from_debian $(PYTEST) $(PARALLEL) tests/integration

contract: setup ## compare API and events with their descriptions
##   WORKERS=4|auto
	$(PYTEST) $(PARALLEL) tests/contract

infra: setup ## test the templates: queues, alarms, permissions …
	$(PYTEST) tests/infra

e2e: setup ## test whole journeys over HTTP, and /docs in a browser
	$(PYTEST) tests/e2e

# The longer timeout is for the contract tests, which are one test here.
sam: setup ## test the build with SAM's tools (Docker on Linux)
	$(PYTEST) -n 2 --dist loadfile -o faulthandler_timeout=3600 tests/sam

bench: setup ## measure the performance: docs/performance.md
##   PART=cold_start repeats one part of it
	$(BIN)/python -m tests.benchmarks $(if $(PART),"$(PART)")

bench-quick: setup ## check budgets of instructions (needs valgrind)
	$(BIN)/python -m tests.benchmarks.cold_start --check
	$(BIN)/python -m tests.benchmarks.warm_path --check

invoke: $(if $(FUNCTION),setup,function-missing) ## run a function in a container (Docker on Linux)
##   FUNCTION=place_order,
##   EVENT=file.json instead of its sample event
	@$(BIN)/python -m tools.sam_local invoke "$(FUNCTION)" $(if $(EVENT),--event "$(EVENT)")

function-missing:
	@echo "microshop: make invoke needs FUNCTION=…, such as FUNCTION=place_order" >&2; exit 2

start-api: setup ## serve the API from containers (Docker on Linux)
##   PORT=3001 is its port
	@$(BIN)/python -m tools.sam_local start-api --port $(if $(filter file default,$(origin PORT)),3001,$(PORT))

##@ Change it
check: lint imports types test ## run lint, imports, types, test: required for changes

lint: setup ## check style, endpoints, templates, generated files
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

# Not part of other tasks or deployments, because new advisories appear without a change in this repository.
LOCKS = requirements-dev.txt requirements-run.txt $(wildcard layers/*/requirements.txt tools/*/requirements.txt tests/benchmarks/*/requirements.txt)
advisories: setup ## check the locked packages for vulnerabilities (PyPI)
##   (its first run installs pip-audit)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-advisories
	$(BIN)/uv pip sync --quiet --python .venv-advisories --require-hashes tools/advisories/requirements.txt
	@for lock in $(LOCKS); do \
		echo "advisories: $$lock"; \
		.venv-advisories/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r "$$lock" || failed=1; \
	done; [ -z "$$failed" ]

imports: setup ## check imports between packages
	PYTHONPATH=layers/shared:. $(BIN)/lint-imports --no-cache
	PYTHONPATH=layers/shared:. $(BIN)/lint-imports --no-cache --config tools/lint/import_cycles.toml

types: setup ## check types
	$(BIN)/mypy $(CODE)

# Formatting first, because it wraps most long lines. The second run reports files that it cannot parse.
format: setup ## format the code, fix lint errors, list the rest
	@$(BIN)/ruff format --quiet 2>/dev/null; $(BIN)/ruff check --fix; left=$$?; $(BIN)/ruff format && exit $$left

lock: setup ## lock the versions and hashes of all packages
##   UPGRADE=yes upgrades to newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/setup/requirements.in -o tools/setup/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) layers/shared/requirements.in -o layers/shared/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --excludes layers/stripe/excludes.txt layers/stripe/requirements.in \
	    -o layers/stripe/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/scan/requirements.in -o tools/scan/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/advisories/requirements.in -o tools/advisories/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/sam_image/requirements.in -o tools/sam_image/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tests/benchmarks/peers/requirements.in -o tests/benchmarks/peers/requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) -c requirements-dev.txt requirements-run.in -o requirements-run.txt

endpoint: setup ## create the skeleton of an endpoint: NAME=add_wish
##   DOMAIN=wishlist, ROUTE="POST /api/v1/wishlist",
##   ROLE=read_orders is the scope that staff need; others:
##   customer, anyone, staff
	@$(BIN)/python -m tools.endpoints new --name "$(NAME)" --domain "$(DOMAIN)" --route "$(ROUTE)" --role "$(ROLE)"
	@$(BIN)/python -m tools.documents

documents: setup ## generate schemas, samples, tables and dashboards
	$(BIN)/python -m tools.documents

##@ Deploy it
PARAMETERS = "file://.aws-sam/parameters/$(STAGE).yaml"

GOAL = $(firstword $(filter deploy changes,$(MAKECMDGOALS)))
READY = ready $(if $(GOAL),--goal $(GOAL) --stage "$(STAGE)" $(if $(filter yes,$(FIRST)),--first))

# Writes every stage's parameters with the hash of this build; samconfig.toml passes them to `sam deploy`.
build: setup ## build functions, layers and every stage's parameters
##   REDEPLOY="reason" publishes unchanged functions too,
##   ALARMS=on|off (off: no alarm rolls it back)
	@$(BIN)/python -m tools.release $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build
	@$(BIN)/python -m tools.release bytecode
	$(BIN)/python -m tools.release parameters $(if $(REDEPLOY),--redeploy "$$REDEPLOY") $(if $(ALARMS),--alarms "$(ALARMS)")

deploy: build ## build and deploy to AWS: STAGE=dev|staging|prod
##   FIRST=yes deploys without deletion protection,
##   ALARMS=on|off and REDEPLOY="reason" as for build
	$(BIN)/sam deploy --config-env "$(STAGE)" $(if $(filter yes,$(FIRST)),--parameter-overrides $(PARAMETERS) DeletionProtection=false)
	@$(if $(filter yes,$(FIRST)),echo "deploy again without FIRST to protect database and stack",$(BIN)/python -m tools.release protect --stage "$(STAGE)")

changes: build ## list what a deployment would replace or remove
##   STAGE=dev|staging|prod (deploys nothing)
	$(BIN)/sam package --config-env "$(STAGE)" --resolve-s3 --s3-prefix "microshop-$(STAGE)" --output-template-file .aws-sam/packaged.yaml
	$(BIN)/python -m tools.release changes --stage "$(STAGE)" --template .aws-sam/packaged.yaml

validate: setup ## check the template with SAM and cfn-lint
	$(BIN)/sam validate --lint
