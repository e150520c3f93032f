# Two commands matter: `make run` sets up and runs the main job, `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RESULTS := results
SOURCES := $(shell find eddysky kernels simulator scenarios validation -name '*.py') pyproject.toml

.PHONY: run test bench study calibration clean

run: $(VENV)/.installed
	@mkdir -p $(RESULTS)
	$(BIN)/eddysky run isotropic-diffusion -o $(RESULTS)/isotropic-diffusion.h5

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n auto

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/run.py

study: $(VENV)/.installed
	$(BIN)/python -m eddysky.validation.study

calibration: $(VENV)/.installed
	$(BIN)/python -m eddysky.validation.comparison.calibration

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "eddysky needs Python 3.11 or newer; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The package is installed as a user's is, not in place: type checker and tests see what a user gets. The
# leftover build folder would bring deleted modules back.
$(VENV)/.installed: $(SOURCES) | $(BIN)/pip
	rm -rf build
	$(BIN)/pip install --quiet .
	rm -rf build *.egg-info
	@touch $@

$(VENV)/.installed-test $(VENV)/.installed-bench: $(VENV)/.installed-%: $(SOURCES) | $(BIN)/pip
	rm -rf build
	$(BIN)/pip install --quiet '.[$*]'
	rm -rf build *.egg-info
	@touch $@ $(VENV)/.installed
