# `make run` starts the service; `make test` runs every test and check; `make bench` measures; `make coverage`
# tells what no test runs, of all rooms, which takes two thirds as long again as the tests.
# Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?=

.PHONY: run test coverage bench clean

run: $(VENV)/.run
ifeq ($(CONFIG),)
	@exec $(BIN)/aggregator demo
else
	@exec $(BIN)/aggregator serve -c $(CONFIG)
endif

test: $(VENV)/.test
	@$(BIN)/python -m tests.checks

coverage: $(VENV)/.test
	@TZ=UTC $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=
	@$(BIN)/coverage report --skip-covered --fail-under=90

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks.newsroom
	@$(BIN)/python -m benchmarks.dates
	@$(BIN)/python -m benchmarks.fleet
	@$(BIN)/python -m benchmarks.publishing
	@$(BIN)/python -m benchmarks.serving 3
	@$(BIN)/python -m benchmarks.api 1000000 1

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@ $(VENV)/.test $(VENV)/.run
