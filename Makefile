# The two commands of this project are `make up` and `make test`; `make help` lists the others.

STACK ?= local
# Further options for the toolchain's commands, such as --diff or --yes.
OPTIONS ?=

# The newest supported Python; a program that exists but does not run is skipped.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv
READY := $(VENV)/ready
RUN := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup up dev preview refresh destroy outputs repair test test-of-the-parts test-of-the-whole check unit drill-drain drill-releases drill-spot e2e walk lint style types format lock generate

help: ## Show this.
	@echo "STACK is $(STACK); say e.g. 'make preview STACK=prod'."
	@sed -n 's/^\([a-z0-9 -]*\):.* ## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-38s %s\n", $$1, $$2 }'

$(READY): requirements.lock
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 is needed, and none is on PATH" >&2; exit 2; }
	@$(RUN) -m pip --version >/dev/null 2>&1 || { echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the packages of requirements.lock (about a minute the first time)"
	@$(RUN) -m toolchain.setup.packages requirements.lock
	@$(RUN) -c 'import pulumi, pulumi_aws' && touch $@

setup: $(READY) ## Set up everything: the virtual environment and the Pulumi command line.
	@$(RUN) -m toolchain install

up: $(READY) ## Create or update STACK; the local stack also gets the reference service and site.
	@$(RUN) -m toolchain up $(STACK) $(OPTIONS)
	@$(if $(filter local,$(STACK)),$(RUN) -m ops reference)

dev: $(READY) ## Start the reference service for development, with PostgreSQL and Redis of its own, until Ctrl-C.
	@$(RUN) -m toolchain.local.develop $(OPTIONS)

preview refresh destroy outputs repair: $(READY) ## Run the engine on STACK.
	@$(RUN) -m toolchain $@ $(STACK) $(OPTIONS)

# They run in parallel, because the type checker uses only one processor.
check: $(READY) ## Check style and types and run the unit tests, for the inner loop.
	@$(MAKE) --no-print-directory --jobs=2 style types unit

# The profile "check" tries a fifth of the examples of each property test; `make test` tries all of them. No unit test
# uses the plugin of schemathesis, which takes seconds to import.
unit: $(READY)
	@HYPOTHESIS_PROFILE=check $(RUN) -m pytest -q tests/unit -p no:schemathesis -n 2 --dist loadgroup

test: setup ## Set up everything and run every test that can run here.
	@$(MAKE) --no-print-directory --jobs=2 test-of-the-parts test-of-the-whole

# The whole local stack comes first when both need a processor: it waits for most of its time, and its drills count
# requests that are lost.
test-of-the-parts: $(READY)
	@nice -n 10 $(RUN) -m pytest -n auto --dist loadgroup --no-loadscope-reorder --ignore tests/e2e

test-of-the-whole: $(READY)
	@$(RUN) -m pytest tests/e2e

e2e: setup ## Create the local stack, try it in a browser, kill each of its parts, destroy it (7 minutes).
	@E2E=1 $(RUN) -m pytest -q tests/e2e

drill-drain: $(READY) ## Replace 100 tasks of the reference service under load in each way, and count lost requests (an hour).
	@PYTHONPATH=backend $(RUN) -m tests.backend.drill $(OPTIONS)

drill-releases: $(READY) ## Make 100 releases on the local stack under load, half of them sabotaged, and count lost requests (hours).
	@$(RUN) -m tests.drills.releases $(OPTIONS)

drill-spot: $(READY) ## Interrupt 1 000 Spot tasks on the local stack under load, and count lost requests (hours).
	@$(RUN) -m tests.drills.spot $(OPTIONS)

walk: $(READY) ## Change random settings of the local stack step by step; preview and up must agree (OPTIONS="--steps 500 --seed 1 --emulator").
	@$(RUN) -m tests.walks.walk $(OPTIONS)

lint: style ## Check style and types of everything that ships.
	@$(VENV)/bin/basedpyright

style: $(READY)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

# Finds what `make lint` finds, in two thirds of the time.
types: $(READY)
	@$(RUN) -m toolchain.type_stubs

format: $(READY) ## Format the code.
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

# One line for each generator. The output of a generator that prints goes to a temporary file first, so that a failure
# leaves the old file. Expected results of tests are not generated here: a person must check how they differ first.
generate: $(READY) ## Write everything that is generated from code.
	@$(RUN) -m toolchain.offline.generate
	@$(RUN) -m configuration
	@$(RUN) -m tests.toolchain.terminal
	@for profile in local dev staging prod; do \
		$(RUN) -m ops policies --profile $$profile > policy/config/$$profile.json.new \
		&& mv policy/config/$$profile.json.new policy/config/$$profile.json || exit 1; \
	done
	@$(RUN) -m tests.prices
	@$(RUN) -m ops policies --markdown > docs/policies.md.new && mv docs/policies.md.new docs/policies.md

lock: $(READY) ## Write both requirements.lock files again from pyproject.toml and backend/pyproject.toml.
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --group project --group backend --group emulator --group datapath --group test --group lint \
		pyproject.toml --output-file requirements.lock
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links backend/pyproject.toml --output-file backend/requirements.lock
	@$(RUN) -m toolchain.setup.downloads || echo "toolchain/setup/downloads.toml keeps its hashes; run 'make lock' again where those hosts can be reached"
