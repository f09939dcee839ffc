# Everything here needs Python 3.11 or later and make, nothing else: the rest is fetched, checked against hashes, and kept in .venv and .local.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/in-step
GROUPS := --group infra --group dev

.DEFAULT_GOAL := help
.PHONY: side growth spine verify writes register conference matching exposure help setup run test tests check bench prove faults doctor status down clean contracts lock

help: ## these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## the virtual environment with the locked packages (the others do it for you)

$(READY): requirements-dev.lock deploy/setup.py
	@$(PYTHON) deploy/setup.py

run: $(READY) ## everything: Kafka, MongoDB, the four services, the demo; Ctrl-C stops what it started
	@$(BIN)/python -m services

test: $(READY) ## the checks, and beside them every test on a real Kafka and a real MongoDB of their own
	@$(MAKE) --no-print-directory -j2 check tests

tests: $(READY) ## the tests without the checks
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(ARGS)

check: $(READY) ## without running anything: style, types, who imports whom, documents in step
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo --no-cache && $(BIN)/python -m shared.docs --check

bench: $(READY) ## the measurements (make bench side|growth|spine|verify|writes|register|conference|matching|exposure for one of them, ARGS=--quick for a rehearsal)
	$(BIN)/python -m tests.bench $(filter-out bench,$(MAKECMDGOALS)) $(ARGS)

side growth spine verify writes register conference matching exposure: # said behind bench: only these measurements
	@:

prove: faults ## the long proofs: the faults below, killed processes, dead servers for a minute (SEED=n replays)
	OUTAGE_SECONDS=60 SIMULATIONS=2000 KILL_MEMBERS=700 KILL_LEAVERS=600 WALKS=500 $(BIN)/pytest tests/proof tests/test_records.py -s $(ARGS)

faults: $(READY) ## the fault harness alone: SEED=7 SEEDS=10 COMMANDS=10000 FAULTS=46 MINUTES=20 ONLY=kinds WRONG=build|all NODES=3 AGAIN=1
	$(BIN)/python -m tests.proof.harness $(foreach option,seed seeds commands faults minutes only wrong nodes again,$(call said,$(option)))

said = $(if $($(call upper,$(1))),--$(1) $($(call upper,$(1))))
upper = $(shell echo $(1) | tr a-z A-Z)

doctor: $(READY) ## what is there, what is missing, how to get it
	@$(BIN)/python -m deploy.local doctor

down: $(READY) ## stop the Kafka and the MongoDB of .local
	@$(BIN)/python -m deploy.local down

status: $(READY) ## what of Kafka and MongoDB runs, and where
	@$(BIN)/python -m deploy.local status

clean: down ## stop them and forget their data; the fetched packages and jars stay
	@find .local -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +

contracts: $(READY) ## write docs/ anew from the code: OpenAPI, AsyncAPI, the catalogue of events
	$(BIN)/python -m shared.docs

lock: $(READY) ## write the hashed locks anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url $(GROUPS) pyproject.toml -o requirements-dev.lock
