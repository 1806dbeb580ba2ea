# natkeeper. `make demo` and `make test` set themselves up; everything lands in .venv, .venv-aws and build.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Lambda's own Python, where the machine has it, for what is measured as Lambda would run it.
LAMBDA_PYTHON ?= $(shell python3.13 -c 'import ensurepip' 2>/dev/null && echo python3.13 || echo $(PYTHON))
BIN := .venv/bin
# The functions of the local AWS run with what is on PATH, so that `sam build` finds the same Python.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1
export PYTHONPATH := $(CURDIR)/layers/natkeeper

.PHONY: help
help: ## This list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.PHONY: demo
demo: setup ## Deploy on a local AWS, break the NAT in several ways, count the packets; into build/demo.html.
	$(BIN)/python -m lab demo

.PHONY: picture
picture: setup browser ## Screenshots of the dashboard's picture: at rest, a heal, asleep; into build/picture.
	$(BIN)/python -m lab picture

.PHONY: test
test: setup lint ## Every check: lint, types, all tests.
	@# mypy beside the tests, and after them: many wait for packets, which do not wait.
	@$(MAKE) --no-print-directory -j 2 types unit

.PHONY: setup
setup: .venv/.ready .venv-aws/.ready system

.PHONY: system
system:
	@bash lab/system-packages.sh

.PHONY: browser
browser:
	@bash lab/system-packages.sh browser

# The lock names everything, so --no-deps: pip would ask for hashes of extras, which no lock can name.
define make-environment
	@test -n "$(INTERPRETER)" || { echo "natkeeper needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 1; }
	$(INTERPRETER) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@
endef
INTERPRETER = $(PYTHON)

.venv/.ready: requirements/dev.txt
	$(make-environment)

.venv-bench/.ready: INTERPRETER = $(LAMBDA_PYTHON)
.venv-%/.ready: requirements/%.txt
	$(make-environment)

.PHONY: lint
lint: .venv/.ready ## Ruff, and the import directions.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

.PHONY: types
types: .venv/.ready ## mypy, strict, over everything.
	nice $(BIN)/mypy

# Each finding that stays is explained in .checkov.yaml. It reads no merges of YAML: it gets what is written out.
.PHONY: scan
scan: .venv-scan/.ready package ## cfn-lint and checkov: the templates and the workflows, against public rules.
	$(BIN)/cfn-lint template.yaml fleet.yaml build/package/*.json
	.venv-scan/bin/checkov --config-file .checkov.yaml --file .aws-sam/build/template.yaml
	.venv-scan/bin/checkov --config-file .checkov.yaml --file fleet.yaml
	.venv-scan/bin/checkov --config-file .checkov.yaml --directory .github

# The longest first, and those that wait for packets beside those that compute: two cores stay busy to the end.
LONGEST := $(addprefix tests/,node/test_guard_and_probe.py integration/test_handlers.py packets/test_ring.py \
	node/test_as_the_gateway.py integration/demolition/test_updates.py node/test_boot.py \
	integration/test_package.py fuzz/test_handlers.py node/test_attacks.py)

.PHONY: unit
unit: setup browser .venv-bench/.ready
	$(BIN)/python -m pytest -q -r fEs -n 4 --dist loadfile --no-loadscope-reorder $(LONGEST) tests \
	  --ignore tests/boot --ignore tests/life --ignore tests/simulation

.PHONY: simulation
simulation: .venv/.ready ## The laws in some simulated months, and that each of them can be broken; `make soak` lives longer.
	$(BIN)/python -m pytest -q -r fEs -n 2 tests/simulation

.PHONY: boot-test
boot-test: setup ## The node's user data under real systemd, cloud-init and dnf; needs root.
	@bash lab/system-packages.sh boot
	@$(BIN)/python -m lab.boot
	$(BIN)/python -m pytest -q -n 2 -rP tests/boot

.PHONY: life
life: setup build ## The whole life of a stack by the SAM CLI alone: create, break, update, fail, delete, adopt a VPC.
	NATKEEPER_BUILT=$(CURDIR)/.aws-sam/build NATKEEPER_BUILT_FLEET=$(CURDIR)/.aws-sam/fleet $(BIN)/python -m pytest -q -n 2 --dist loadfile tests/life

.PHONY: doctor
doctor: .venv/.ready ## What natkeeper would find, cost and save in your account; reads only (DOCTOR="--json ...").
	@# The region is your profile's, unless your own environment names another.
	@$(if $(filter file,$(origin AWS_DEFAULT_REGION)),env -u AWS_DEFAULT_REGION) $(BIN)/python -m doctor $(DOCTOR)

.PHONY: build
build: .venv/.ready ## sam build, of both templates.
	$(BIN)/sam build --no-cached
	$(BIN)/sam build --no-cached --template fleet.yaml --build-dir .aws-sam/fleet

.PHONY: package
package: build ## The processed templates and their zips for a bucket of your own (BUCKET=name); into build/package.
	$(BIN)/python -m release $(if $(BUCKET),--bucket "$(BUCKET)") --region "$(AWS_DEFAULT_REGION)"

.PHONY: integrations
integrations: package ## The CDK construct: types, tests, its example synthesised; the Terraform module is in `make test`.
	bash integrations/cdk/check.sh

.PHONY: bench
bench: setup .venv-bench/.ready build ## Numbers: API calls, cold start, size, time to heal; into docs/numbers.md.
	$(BIN)/python -m tests.bench

.PHONY: soak
soak: .venv/.ready ## A thousand years in a simulated AWS under faults, some 20 minutes; into docs/reliability.md.
	$(BIN)/python -m tests.simulation.soak --write

.PHONY: lab-bench
lab-bench: setup ## Every fault (or FAULTS="terminate stop") five times on real packets, some hours; into docs/outage.md.
	$(BIN)/python -m lab bench $(FAULTS)

.PHONY: sleep-bench
sleep-bench: setup ## Every way to sleep and to wake, and spot, on real packets, ten minutes; into docs/sleep.md.
	$(BIN)/python -m lab sleep

.PHONY: mutation
mutation: .venv-mutation/.ready ## Change the core one thing at a time: do the tests notice? Into docs/mutation.md.
	.venv-mutation/bin/python -m tests.mutation

.PHONY: node
node: .venv/.ready ## Pack the node's programs, of node/, into the template.
	$(BIN)/python -m node.pack

.PHONY: docs
docs: .venv/.ready ## Generate the decision table, the drawn stack, the parameters, the security and the cost page.
	$(BIN)/python -m tests.unit.core.decision_table
	$(BIN)/python -m tests.unit.core.drawn_stack
	$(BIN)/python -m tests.template.pages
	$(BIN)/python -m tests.template.cost_page
	$(BIN)/python -m tests.doctor.page
	$(BIN)/python -m tests.fleet.page

.PHONY: lock
lock: .venv/.ready ## Renew the lock files (needs uv: pip install uv).
	for extra in dev aws mutation scan; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --extra $$extra pyproject.toml -o requirements/$$extra.txt; done
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  -c requirements/dev.txt pyproject.toml -o layers/natkeeper/requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  -c requirements/dev.txt --group bench -o requirements/bench.txt

.PHONY: clean
clean: ## Remove what was built and the environments.
	rm -rf .venv .venv-aws .venv-bench .venv-mutation .venv-scan .aws-sam build
