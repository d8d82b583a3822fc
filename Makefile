# One word for one gesture: `make` lists them.
# The first of these that is there and new enough; say PYTHON=... to choose another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo install test check unit system torture docs docs-serve lock bench fix twins clean

help: ## list the recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "zoomlink needs Python 3.11 or newer: install it, or name it:  make $(MAKECMDGOALS) PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  echo "Python lacks the venv module; asking the system for it."; \
	  apt-get install -y -q python3-venv && $(PYTHON) -m venv $(VENV); }
	@echo "Installing into $(VENV): once, about half a minute"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@echo "Installing the test tools into $(VENV): once, about half a minute"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.runtime ## a Zoom link from nothing but Python and make
	@$(BIN)/python -m zoomlink.cli.demo

install: $(VENV)/.dev ## everything to work on zoomlink, into .venv

check: install ## static checks: ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/twins.py --check
	$(BIN)/python tools/error_docs.py --check
	$(BIN)/python tools/command_docs.py --check
	$(BIN)/python tools/http_docs.py --check

unit: install ## the quick tests
	$(BIN)/python -m pytest tests/unit -q

system: ## what the tests need of the system: curl, node, PHP, strace, chromium, PostgreSQL
	@for pair in curl:curl node:nodejs php:php-cli strace:strace chromium:chromium; do \
	  command -v $${pair%:*} >/dev/null 2>&1 || { \
	    echo "Asking the system for $${pair#*:}"; \
	    { apt-get update -q && apt-get install -y -q $${pair#*:}; } >/dev/null 2>&1 \
	    || { echo "The tests need $${pair%:*}: install it (Debian: $${pair#*:})."; exit 1; }; }; \
	done
	@# Tests start a server of their own from these files; the package shall not start one besides.
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null 2>&1 || { \
	  echo "Asking the system for postgresql"; \
	  own=/etc/postgresql-common/createcluster.d/zoomlink-tests.conf; \
	  { mkdir -p $${own%/*} && echo "create_main_cluster = false" > $$own && apt-get update -q \
	    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql; } >/dev/null 2>&1; done=$$?; rm -f $$own; \
	  test $$done -eq 0 || { echo "The tests need PostgreSQL's server: install it (Debian: postgresql)."; exit 1; }; }

test: check system ## everything CI runs
	$(BIN)/python -m pytest -q -n auto

torture: install ## the long forms of the tests that try their luck
	ZOOMLINK_TORTURE=1 $(BIN)/python -m pytest -q -n auto --hypothesis-profile=default \
	  tests/sandbox tests/unit tests/integration/store tests/integration/webhooks tests/acceptance/test_service.py tests/simulation tests/storm

docs: install ## the documentation's site, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "Open site/index.html"

docs-serve: install ## the same at http://127.0.0.1:8008, as you write
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:8008

bench: install ## speed, as ratios measured in one run
	$(BIN)/python -m benchmarks

fix: install ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

twins: install ## make what is made: async shells, tables in the docs
	$(BIN)/python tools/twins.py
	$(BIN)/python tools/error_docs.py
	$(BIN)/python tools/translations.py
	$(BIN)/python tools/command_docs.py
	$(BIN)/python tools/http_docs.py

lock: install ## renew the hashed requirements files
	env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_FIND_LINKS $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-config --python-version 3.11 --upgrade \
	  --extra sandbox --group build pyproject.toml -o requirements.txt
	env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_FIND_LINKS $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-config --python-version 3.11 \
	  --all-extras --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_FIND_LINKS $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-config --python-version 3.11 \
	  --extra service --extra postgres --group build -c requirements-dev.txt pyproject.toml -o requirements-service.txt

clean: ## remove what was installed and cached
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build site
