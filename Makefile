# Each command creates the virtual environments that it needs, and says in one line each
# what it does.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LOWEST := .venv-lowest
WHEEL  := .venv-wheel
INTEROP := .venv-interop
PIP    := -m pip --disable-pip-version-check install -qq
SAY    := printf '==> %s\n'
SHELL  := /bin/bash

# Run a command, and show what it printed only if it fails.
quietly = output=$$($(1) 2>&1) || { printf '%s\n' "$$output"; exit 1; }
# Lines that TensorFlow >= 2.21 writes before it reads TF_CPP_MIN_LOG_LEVEL.
EARLY   := ^(WARNING: All log messages before absl::InitializeLog|[IW]0000 00:00:)
QUIETLY := 2> >(grep -vE '$(EARLY)' >&2)

# Files are shared among processes, so that the tests of a file share their fits.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile
# Without it, scikit-learn's checks of the array API are skipped. It changes what SciPy
# accepts, so the other runs of the tests do without it, as most users do.
ARRAY_API := SCIPY_ARRAY_API=1
# Which tests run against the wheel.
RELEASE_TESTS ?= -m "not slow" tests --pyargs sklstm
# What the sdist and the wheel must both contain. (pydistcheck ignores such a list in
# pyproject.toml.)
DATA     := solar seattle_weather bike_sharing
EXPECTED := /LICENSE sklstm/py.typed $(DATA:%=sklstm/datasets/data/%.csv.gz)

# Files that `make lint` checks for whitespace and syntax; without git, all visible ones.
FILES = $(shell git ls-files 2>/dev/null || find * .ci .github -type f)
TEXTS := %.py %.rst %.md %.toml %.yaml %.yml %.cff %.css %.csv %Makefile .ci/%

export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-lowest interop lint types format bench evidence \
	docs linkcheck release-check clean
.SILENT:

help:  ## list the commands
	grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.examples  ## forecast solar weather with an LSTM, without and with constraints
	$(SAY) "Train an LSTM, and compare its forecasts without and with constraints"
	$(BIN)/python examples/plot_solar.py $(QUIETLY)

test: $(VENV)/.test  ## run all tests, with branch coverage
	$(SAY) "Run all tests, with branch coverage"
	$(ARRAY_API) $(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term

test-fast: $(VENV)/.test  ## run only the tests that train few networks
	$(SAY) "Run the tests that train few networks"
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

test-lowest: $(LOWEST)/.test  ## run these tests with the lowest supported dependencies
	$(SAY) "Run the tests that train few networks, with the lowest supported dependencies"
	$(LOWEST)/bin/python -m pytest $(PARALLEL) -m "not slow" -o filterwarnings=default

interop: $(INTEROP)/.test  ## test with other libraries, and write the tables of docs/interop.rst
	$(SAY) "Test with other libraries, and write docs/interop"
	$(INTEROP)/bin/python -m pytest tests/test_interop --junitxml=$(INTEROP)/report.xml \
		--ignore tests/test_interop/test_matrix.py
	$(INTEROP)/bin/python scripts/make_interop_tables.py $(INTEROP)/report.xml
	$(INTEROP)/bin/python -m pytest tests/test_interop/test_matrix.py

lint: $(VENV)/.lint  ## check style, spelling, docstrings and imports
	$(SAY) "Check style, spelling, docstrings and imports"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/trailing-whitespace-fixer $(filter $(TEXTS),$(FILES))
	$(BIN)/end-of-file-fixer $(filter $(TEXTS),$(FILES))
	$(BIN)/check-toml $(filter %.toml,$(FILES))
	$(BIN)/check-yaml $(filter %.yaml %.yml %.cff,$(FILES))
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_private_names.py
	$(BIN)/python scripts/check_docstrings.py

types: $(VENV)/.lint  ## check static types
	$(SAY) "Check static types"
	$(BIN)/mypy

format: $(VENV)/.lint  ## format the files in the project's style
	$(SAY) "Format the files"
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## measure against the peers, in one table
	$(SAY) "Measure against the peers"
	$(BIN)/python benchmarks/run.py

evidence: $(VENV)/.evidence  ## run the study of the levers, into docs/evidence
	$(SAY) "Run the study of the levers, into docs/evidence"
	$(BIN)/python benchmarks/levers.py --out docs/evidence
	$(BIN)/python benchmarks/wrappers.py --out docs/evidence
	$(BIN)/python benchmarks/rules.py --out docs/evidence
	$(BIN)/python benchmarks/zeros.py --out docs/evidence

docs: $(VENV)/.examples $(VENV)/.docs  ## build the site in docs/_build/html; warnings are errors
	$(SAY) "Build the site in docs/_build/html"
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html $(QUIETLY)

linkcheck: $(VENV)/.examples $(VENV)/.docs  ## check the links of the site; needs the internet
	$(SAY) "Check the links of the site"
	$(BIN)/sphinx-build -q -b linkcheck docs docs/_build/linkcheck $(QUIETLY)

release-check: $(VENV)/.release  ## build the sdist and the wheel, check both, and test the wheel
	$(SAY) "Build the sdist, and the wheel from it, in dist"
	rm -rf dist $(WHEEL)
	$(call quietly,$(BIN)/python -m build --outdir dist .)
	$(SAY) "Check metadata, contents and size of both"
	$(call quietly,$(BIN)/twine --no-color check --strict dist/*)
	$(call quietly,$(BIN)/check-wheel-contents dist/*.whl)
	$(call quietly,$(BIN)/check-sdist)
	$(call quietly,$(BIN)/pydistcheck $(EXPECTED:%=--expected-files='*%') dist/*)
	$(SAY) "Install the wheel and the test group into a new environment, $(WHEEL)"
	$(PYTHON) -m venv $(WHEEL)
	$(WHEEL)/bin/python $(PIP) --upgrade "pip>=25.1"
	$(WHEEL)/bin/python $(PIP) dist/*.whl --group test
	$(SAY) "Run the tests of the sdist against the wheel, away from the sources"
	mkdir $(WHEEL)/away
	tar -xzf dist/*.tar.gz -C $(WHEEL)/away --strip-components=1
	rm -r $(WHEEL)/away/sklstm
	cd $(WHEEL)/away && ../bin/python -m pytest $(PARALLEL) --rootdir . \
		$(RELEASE_TESTS)

clean:  ## remove all build outputs and environments
	$(SAY) "Remove all build outputs and environments"
	rm -rf $(VENV) $(LOWEST) $(WHEEL) $(INTEROP) dist docs/_build docs/auto_examples docs/api

$(VENV)/.base: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(SAY) "Install sklstm and its dependencies in $(VENV)"
	$(BIN)/python $(PIP) --upgrade "pip>=25.1"
	$(BIN)/python $(PIP) --editable .
	touch $@

$(VENV)/.examples: $(VENV)/.base
	$(SAY) "Install what the examples need"
	$(BIN)/python $(PIP) --editable ".[examples]"
	touch $@

# Old releases warn about newer versions of each other, so warnings are not errors here.
$(LOWEST)/.test: $(VENV)/.base
	$(SAY) "Install sklstm and its lowest supported dependencies in $(LOWEST)"
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python $(PIP) --upgrade "pip>=25.1"
	$(BIN)/python scripts/lowest_versions.py > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python $(PIP) --editable . --group test \
		--constraint $(LOWEST)/constraints.txt
	touch $@

$(INTEROP)/.test: pyproject.toml
	$(SAY) "Install sklstm and the other libraries in $(INTEROP)"
	test -x $(INTEROP)/bin/python || $(PYTHON) -m venv $(INTEROP)
	$(INTEROP)/bin/python $(PIP) --upgrade "pip>=25.1"
	$(INTEROP)/bin/python $(PIP) --editable . --group test --group interop
	touch $@

$(VENV)/.%: $(VENV)/.base
	$(SAY) "Install the packages of the group '$*'"
	$(BIN)/python $(PIP) --group $*
	touch $@
