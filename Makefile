# One command each; every one makes the virtual environment that it needs.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LOWEST := .venv-lowest

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-lowest lint types format bench evidence docs clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.examples  ## the main job: an LSTM on solar data, raw and constrained
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python examples/plot_solar.py

test: $(VENV)/.test  ## all tests, with branch coverage
	$(BIN)/python -m pytest --cov --cov-report=term

test-fast: $(VENV)/.test  ## the tests that train few networks
	$(BIN)/python -m pytest -m "not slow"

test-lowest: $(LOWEST)/.test  ## the same with the lowest supported dependencies
	$(LOWEST)/bin/python -m pytest -m "not slow" -o filterwarnings=default

lint: $(VENV)/.lint  ## style, docstrings, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_private_names.py
	$(BIN)/python scripts/check_docstrings.py

types: $(VENV)/.lint  ## static types
	$(BIN)/mypy

format: $(VENV)/.lint  ## rewrite the files in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## ratios against the peers, in one table
	$(BIN)/python benchmarks/run.py

evidence: $(VENV)/.evidence  ## the study of the levers, into docs/evidence
	$(BIN)/python benchmarks/levers.py --out docs/evidence
	$(BIN)/python benchmarks/wrappers.py --out docs/evidence

docs: $(VENV)/.examples $(VENV)/.docs  ## the site, in docs/_build/html; warnings are errors
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:  ## remove what was built, and the environments
	rm -rf $(VENV) $(LOWEST) docs/_build docs/auto_examples docs/api

$(VENV)/.base: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.examples: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[examples]"
	touch $@

# Old releases meet newer ones that they did not know, so warnings are no errors there.
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
