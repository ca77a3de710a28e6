# What you can do here; `make help` lists it.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BROKER ?= embedded
export BROKER

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup kafka asyncapi axe demo demo-check test test-fast messages test-slow test-kafka faults faults-short journeys journeys-short deploy-check kustomize alerts-check image-check dashboards sbom security lint format schemas bench bench-short lock clean

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Install everything into .venv; quick when nothing is missing

$(INSTALLED): requirements/dev.txt pyproject.toml
	@sh .ci/make-venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

kafka: setup ## Have Apache Kafka's jars in build/ (needs Java 17 and Maven)
	$(BIN)/python -m sandbox.parts.kafka_real

asyncapi: build/asyncapi/node_modules ## Have the reference AsyncAPI parser in build/ for its test (needs npm)

build/asyncapi/node_modules: tools/asyncapi/package-lock.json
	@mkdir -p $(@D)
	cp tools/asyncapi/package.json tools/asyncapi/package-lock.json tools/asyncapi/.npmrc $(@D)
	cd $(@D) && npm ci --silent
	@touch $@

demo: setup ## Watch orders come to life in a browser; Ctrl-C ends it (BROKER=kafka: Apache Kafka)
	@$(BIN)/python -m sandbox.demo

demo-check: setup ## Play every scenario faster than time and check every message
	@$(BIN)/python -m sandbox.check

axe: build/axe/node_modules ## Have axe-core in build/, for the tests of the pages (needs npm)

build/axe/node_modules: tools/axe/package-lock.json
	@mkdir -p $(@D)
	cp tools/axe/package.json tools/axe/package-lock.json tools/axe/.npmrc $(@D)
	cd $(@D) && npm ci --silent
	@touch $@

# More workers than cores, because many tests wait. Each compiles all tests, if that is not kept.
test: export PYTHONDONTWRITEBYTECODE =
test: setup ## Run the tests, without those of test-slow (ARGS='-k name' to choose)
	$(BIN)/python -m pytest -n 4 --dist worksteal -m "not slow" $(ARGS)

# As many workers as cores: these wait for nothing.
test-fast: export PYTHONDONTWRITEBYTECODE =
test-fast: setup ## Those of them that need neither Kafka nor PostgreSQL: in less than a minute
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow and not integration" $(ARGS)

messages: setup ## Write every message into build/messages/index.html, and find what is wrong with it
	$(BIN)/python -m tests.gallery $(ARGS)

test-slow: setup ## Run the tests that start a browser (Chromium) or the whole demo
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(ARGS)

test-kafka: kafka ## Run the integration tests on Apache Kafka; fails, never skips, without it
	CI=true BROKER=kafka $(BIN)/python -m pytest -n 3 --dist worksteal -m "integration and not slow" $(ARGS)

faults: kafka ## Break everything for about 20 minutes: what was lost, and what came twice
	$(BIN)/python -m tests.faults $(ARGS)

faults-short: kafka ## The same in a few minutes (ARGS='--only NAME' for one, '--list' for their names)
	$(BIN)/python -m tests.faults --short $(ARGS)

journeys: setup ## Play 10,000 random lives of orders and judge them from the customer's chair
	$(BIN)/python -m tests.journeys $(ARGS)

journeys-short: setup ## The same with 300 (ARGS='--only N' tells one of them, '--mutations' breaks rules)
	$(BIN)/python -m tests.journeys --journeys 300 $(ARGS)

kustomize: build/kustomize/kustomize ## Have Kustomize in build/, where there is no kubectl (needs Go)

build/kustomize/kustomize:
	GOBIN=$(CURDIR)/$(@D) go install sigs.k8s.io/kustomize/kustomize/v5@v5.5.0

deploy-check: setup ## Say what is wrong with what is in deploy/ (needs kubectl, or make kustomize)
	$(BIN)/python -m deploy.check

alerts-check: setup ## Say what is wrong with the alerts, their tests and runbooks (needs promtool)
	$(BIN)/python -m deploy.alerts.check

image-check: setup ## Build the images without Docker and let them tell a story (as root; needs buildah, mmdebstrap)
	$(BIN)/python -m deploy.check.image

dashboards: setup build/dashboards/node_modules ## Draw the dashboards for the docs, with Grafana's own components (needs npm; 12 minutes)
	$(BIN)/python -m tests.dashboards $(ARGS)

build/dashboards/node_modules: tools/dashboards/package-lock.json
	@mkdir -p $(@D)
	cp tools/dashboards/package.json tools/dashboards/package-lock.json tools/dashboards/.npmrc $(@D)
	cd $(@D) && npm ci --silent
	@touch $@

sbom: setup ## Write what a release consists of into build/sbom.cdx.json (CycloneDX)
	$(BIN)/python -m deploy.sbom

security: setup ## Look for known holes in what we install, keys in files, careless code
	$(BIN)/python -m deploy.security $(ARGS)

lint: setup ## Check style, types and that generated files are up to date
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m headsup.contracts.schemas --check
	$(BIN)/python -m deploy --check

format: setup ## Put the code into the agreed form
	$(BIN)/ruff check --fix; found=$$?; $(BIN)/ruff format && exit $$found

schemas: setup ## Write schemas/ anew from the contracts, and the pages that are made of code
	$(BIN)/python -m headsup.contracts.schemas
	$(BIN)/python -m deploy

bench bench-short: export PYTHONDONTWRITEBYTECODE =
bench: kafka ## Measure speed and size beside what else one could use; some hours (ARGS=--list, ARGS='--share 0.1')
	$(BIN)/python -m bench $(ARGS)

bench-short: kafka ## A little of it, in 90 seconds: that it runs
	$(BIN)/python -m bench --short $(ARGS)

PINNED = --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
COMPILE = $(BIN)/uv pip compile $(PINNED) $(UPGRADE) pyproject.toml
APART = $(basename $(wildcard bench/peers/requirements/*.in tools/*/*.in))

lock: setup ## Pin all dependencies with hashes (UPGRADE=--upgrade: newest versions)
	$(COMPILE) --extra tracing --extra encryption --output-file requirements/production.txt
	$(COMPILE) --extra tracing --extra encryption --extra sandbox --extra dev --constraint requirements/production.txt \
		--output-file requirements/dev.txt
	for each in $(APART); do $(BIN)/uv pip compile $(PINNED) $(UPGRADE) $$each.in --output-file $$each.txt || exit; done

clean: ## Remove everything that was made here
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
