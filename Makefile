# Each command creates the virtual environment that it needs.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LOWEST := .venv-lowest
# Files are shared among processes, so that the tests of a file share their fits.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-lowest lint types format bench evidence docs clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.examples  ## forecast solar weather with an LSTM, without and with constraints
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python examples/plot_solar.py

test: $(VENV)/.test  ## run all tests, with branch coverage
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term

test-fast: $(VENV)/.test  ## run only the tests that train few networks
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

test-lowest: $(LOWEST)/.test  ## run these tests with the lowest supported dependencies
	$(LOWEST)/bin/python -m pytest $(PARALLEL) -m "not slow" -o filterwarnings=default

lint: $(VENV)/.lint  ## check style, docstrings and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_private_names.py
	$(BIN)/python scripts/check_docstrings.py

types: $(VENV)/.lint  ## check static types
	$(BIN)/mypy

format: $(VENV)/.lint  ## format the files in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## measure against the peers, in one table
	$(BIN)/python benchmarks/run.py

evidence: $(VENV)/.evidence  ## run the study of the levers, into docs/evidence
	$(BIN)/python benchmarks/levers.py --out docs/evidence
	$(BIN)/python benchmarks/wrappers.py --out docs/evidence
	$(BIN)/python benchmarks/rules.py --out docs/evidence
	$(BIN)/python benchmarks/zeros.py --out docs/evidence

docs: $(VENV)/.examples $(VENV)/.docs  ## build the site in docs/_build/html; warnings are errors
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:  ## remove all build outputs and environments
	rm -rf $(VENV) $(LOWEST) docs/_build docs/auto_examples docs/api

$(VENV)/.base: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.examples: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[examples]"
	touch $@

# Old releases warn about newer versions of each other, so warnings are not errors here.
$(LOWEST)/.test: $(VENV)/.base
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python scripts/lowest_versions.py > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --editable . --group test \
		--constraint $(LOWEST)/constraints.txt
	touch $@

$(VENV)/.%: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --group $*
	touch $@
