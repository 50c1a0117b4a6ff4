# The one entry point: each target sets up what it needs, and CI calls the same ones.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Settings of the caller's that would make pip look elsewhere than in the lock file are not ours to keep.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: venv demo test bench fuzz crash interop man deb lock clean

venv: $(VENV)/.ready

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("bipro-sync needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: venv
	@$(BIN)/bipro-sync demo demo-archive

test: venv
	@bash .ci/checks

bench: venv
	@$(BIN)/python -m benchmarks

fuzz: venv
	@$(BIN)/pytest -q -p no:randomly --timeout=0 --hypothesis-profile=long tests/fuzz tests/gdv

crash: venv
	@BIPRO_SYNC_CAMPAIGN=full $(BIN)/pytest -q -n auto --timeout=0 tests/crash tests/powerloss tests/mutants tests/faults
	@$(BIN)/pytest -q -p no:randomly --timeout=0 --hypothesis-profile=histories tests/model_based

interop: venv
	@bash interop/run

deb: venv
	@bash packaging/deb/build
	@BIPRO_SYNC_DEB=$$(ls -t $(CURDIR)/dist/*.deb | head -n 1) $(BIN)/pytest -q -n 0 --timeout=0 tests/test_deb.py

man: venv
	@mkdir -p dist
	@$(BIN)/bipro-sync docs man > dist/bipro-sync.1

lock: venv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --output-file requirements/runtime.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --group dev --extra keyring --extra pdf --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) demo-archive dist build
