# Everything works from a fresh clone with Python 3.11 or newer, make and git: the targets set up `.venv` themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := build/example
PACKAGE := example_flows

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run run-celery check venv devenv format lint types test conformance faults golden docs bench build clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: venv ## check and compile the example application, then run two of its flows in this process
	PYTHONPATH=examples $(BIN)/selinon-compile check -n examples/nodes.yaml -f examples/flows
	rm -rf $(EXAMPLE)
	PYTHONPATH=examples $(BIN)/selinon-compile build -n examples/nodes.yaml -f examples/flows \
	    --name $(PACKAGE) -o $(EXAMPLE)
	@echo "--- flow1, from the compiled package"
	PYTHONPATH=examples:$(EXAMPLE) $(BIN)/selinon-cli execute \
	    --package $(PACKAGE) --flow-name flow1 --node-args-file examples/args/flow1.json --node-args-json
	@echo "--- report, from the YAML files"
	PYTHONPATH=examples $(BIN)/selinon-cli execute \
	    -n examples/nodes.yaml -f examples/flows --flow-name report \
	    --node-args-file examples/args/report.json --node-args-json

run-celery: $(VENV)/.stamp-celery ## the same on Celery: start a Redis server and a worker, run two flows, look at them, stop all
	$(BIN)/python examples/run_celery.py

check: lint types test ## everything that must hold before a change goes in: lint, types, tests

venv: $(VENV)/.stamp-run ## set up .venv with what compiling and executing needs

devenv: $(VENV)/.stamp-dev ## set up .venv with what developing needs

format: devenv ## format the code and apply the fixes that are safe
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lint: devenv ## check the format, the lint rules and that the generated pages of docs/ are up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m selinon_compiler.docs --check

types: devenv ## check the types
	$(BIN)/mypy

test: devenv ## run all tests, those of the golden files included
	$(BIN)/python -m pytest -n 2 --dist loadfile

conformance: devenv ## compare 2,000 flows made up at random with the original, which is installed below build/
	$(BIN)/python -m tests.conformance.run

faults: devenv ## kill processes, lose messages and stop servers, some hundred times, and see that flows come out right
	$(BIN)/python -m tests.faults.run

golden: devenv ## rewrite the golden files with what compiler and engine do now; review the difference
	SELINON_UPDATE_GOLDEN=1 $(BIN)/python -m pytest tests/golden

docs: devenv ## rewrite the generated pages of docs/
	$(BIN)/python -m selinon_compiler.docs

bench: devenv ## measure all parts beside Selinon 1.4.0 and Celery; BENCH=--quick for less (docs/performance.md)
	$(BIN)/python -m benchmarks $(BENCH)

build: devenv ## build wheel and source distribution into dist/
	$(BIN)/python -m build

clean: ## remove .venv, caches and everything that was built
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that is already there is kept; a stamp says which set of requirements was installed into it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Selinon needs Python 3.11 or newer; \`$(PYTHON)\` is $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[compiler]'
	@touch $@

$(VENV)/.stamp-celery: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[celery,redis]'
	@touch $@

$(VENV)/.stamp-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.stamp-run $(VENV)/.stamp-celery
