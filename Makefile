# Two commands matter: `make run` sets up and runs the main job, `make test` sets up and passes the tests.
# `make test-faults` kills runs, fills disks and starts a SLURM cluster here; it takes some minutes.
# `make docs` builds the pages in docs/_build/html, with a gallery and the reference.
# `make test-oldest` runs the tests with the oldest versions that pyproject.toml allows.
# `make test-dist` runs the tests against the wheel, and a small sky from the sdist, in empty environments.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLDEST := .venv-oldest
RESULTS := results
MINUTES ?= 5
SOURCES := $(shell find eddysky kernels simulator scenarios validation -name '*.py') pyproject.toml

.PHONY: run lint test test-faults fuzz test-oldest test-dist docs bench study particle-study calibration measurements clean

run: $(VENV)/.installed
	@mkdir -p $(RESULTS)
	$(BIN)/eddysky run isotropic-diffusion -o $(RESULTS)/isotropic-diffusion.h5

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The tests of a file share what they first make: one process runs them all.
test: lint
	$(BIN)/pytest -q -n auto --dist loadfile

fuzz: $(VENV)/.installed-test
	$(BIN)/python tests/faults/fuzz.py

test-faults: $(VENV)/.installed-test
	$(BIN)/pytest -q -n auto -m faults tests/faults

test-oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/pytest -q -n auto --dist loadfile

test-dist:
	.ci/test-dist.sh $(PYTHON)

# The gallery runs what has changed since it was last built.
docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -q -W --keep-going docs docs/_build/html
	@echo docs/_build/html/index.html

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/run.py

study: $(VENV)/.installed
	$(BIN)/python -m eddysky.validation.study

particle-study: $(VENV)/.installed
	$(BIN)/python -m eddysky.validation.particle_study

calibration: $(VENV)/.installed
	$(BIN)/python -m eddysky.validation.comparison.calibration --minutes $(MINUTES)

# Takes what the four above have written, and writes docs/verification.md and docs/performance.md from it.
measurements: $(VENV)/.installed
	$(BIN)/python docs/measurements/write_pages.py $(RESULTS)

clean:
	rm -rf $(VENV) $(OLDEST) build *.egg-info docs/_build docs/api docs/gallery

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

$(VENV)/.installed-test $(VENV)/.installed-docs $(VENV)/.installed-bench: $(VENV)/.installed-%: $(SOURCES) | $(BIN)/pip
	rm -rf build
	$(BIN)/pip install --quiet '.[$*]'
	rm -rf build *.egg-info
	@touch $@ $(VENV)/.installed

# uv is asked for the lowest versions, because pip cannot be; what these need in turn is the newest there is.
# matplotlib 3.9 calls pyparsing by names that 3.3 warns of.
$(OLDEST)/.installed: $(SOURCES)
	test -d $(OLDEST) || $(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install --quiet uv
	rm -rf build
	$(OLDEST)/bin/uv pip install --quiet --python $(OLDEST) --resolution lowest-direct '.[test]' 'pyparsing<3.3'
	rm -rf build *.egg-info
	@touch $@
