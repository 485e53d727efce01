# One obvious command each. `make` alone lists them.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

PYTEST_ROLES = $(VENV)/bin/pytest -n 2 --maxschedchunk 1 --durations 0 --durations-min 1 tests/roles

.PHONY: help install system test-tools demo test run-roles run-vm test-roles check lint format unit vm bench docs lock clean

help:
	@echo 'make demo    install, then init → build → publish → up → a command in the box'
	@echo 'make test    install, then everything that CI runs (needs root or sudo)'
	@echo 'make check   the quick loop: lint, types, unit and cli tests'
	@echo 'make test-roles TOOL=redis   apply and check one tool (all without TOOL), as root'
	@echo 'make bench   measure, and print the figures of docs/benchmarks.md'
	@echo 'make lint    ruff, mypy, yamllint, ansible-lint;   make format   ruff, rewriting'
	@echo 'make docs    write docs/tools.md and docs/commands.md anew'
	@echo 'make lock    resolve the dependencies anew;   make clean   remove what make made'

# The virtual environment, from the lock file with hashes.
install: $(STAMP)
$(STAMP): requirements-dev.lock pyproject.toml
	@scripts/install-python $(VENV)
	@touch $(STAMP)

# The programs that devbox drives, from Debian: doctor says what it installs.
system: install
	@$(VENV)/bin/devbox doctor --fix --yes

# What the tests use beside.
test-tools:
	@scripts/install-test-tools

demo:
	@scripts/demo

# Here a missing tool is a failure: tests/conftest.py.
test: export DEVBOX_TEST_COMPLETE = 1
test: system test-tools lint
	$(VENV)/bin/pytest -n 2 tests/unit tests/cli
	@# A virtual machine that boots leaves a processor free for half of the time.
	$(MAKE) --jobs 2 --no-print-directory run-roles run-vm

run-roles:
	$(PYTEST_ROLES) -v

run-vm:
	$(VENV)/bin/pytest -v tests/vm

check: install lint
	$(VENV)/bin/pytest -q -n 2 tests/unit tests/cli

lint: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/yamllint --strict ansible
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/ansible-lint --offline --profile production ansible

format: install
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

unit: install
	$(VENV)/bin/pytest -q -n 2 tests/unit

# Every tool's role; or make test-roles TOOL=redis,nginx RELEASE=trixie
test-roles: install test-tools
	$(PYTEST_ROLES) $(if $(TOOL),--tool $(TOOL)) $(if $(RELEASE),--release $(RELEASE))

vm: system test-tools run-vm

bench: install
	$(PY) -m tests.bench

docs: install
	$(PY) scripts/generate-docs

lock:
	uv pip compile -q --generate-hashes --universal --python-version 3.11 \
	    -o requirements.lock pyproject.toml
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --group dev \
	    -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) .test-cache .demo .mypy_cache .ruff_cache .pytest_cache
