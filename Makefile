# `make run` serves the portal with demo data, `make test` runs the tests, `make help` lists the rest.
# They need a shell and Python 3.12, 3.13 or 3.14, which scripts/find-python finds; PYTHON= names another one.
# VENV= chooses another directory than .venv for the environment.
VENV ?= .venv
export VENV
PYTEST = $(VENV)/bin/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test lint format test-postgres test-browser test-html test-release test-api release audit bench load chaos film screenshot requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Without compiled files each process of the portal would compile all libraries at every start.
run: export PYTHONDONTWRITEBYTECODE =
run: ## set everything up and serve the portal and its worker on PORT (8000), with demo data
	@scripts/setup run
	@$(VENV)/bin/python scripts/write_env.py
	@exec $(VENV)/bin/python manage.py setup_demo --serve

test: ## run the tests on SQLite; ARGS= is passed to pytest
	@scripts/setup dev
	@$(PYTEST) -n auto $(ARGS)

test-postgres: ## run the same tests on a temporary PostgreSQL
	@scripts/setup dev
	@scripts/with-postgres --quick $(PYTEST) -n auto $(ARGS)

test-browser: ## run the tests that drive a real Chromium
	@scripts/setup dev
	@scripts/ensure-chromium
	@$(PYTEST) -m browser -n auto $(ARGS)

test-html: ## check every page with the Nu HTML checker, which needs Java
	@scripts/setup dev
	@scripts/ensure-chromium
	@scripts/check-html

test-release: ## build the release, install it without a network and use it
	@scripts/setup dev
	@scripts/ensure-proxies
	@$(PYTEST) -m release -n 0 -s $(or $(ARGS),tests/release)
	@scripts/with-postgres --quick $(PYTEST) -m release -n 0 tests/release/test_rolling_update.py

test-api: ## send the running portal whatever its API's description allows, with schemathesis
	@scripts/setup dev
	@scripts/test-api

release: ## build dist/deskops-VERSION.tar.gz, which installs without a network
	@scripts/setup dev
	@$(VENV)/bin/python scripts/release.py $(ARGS)

audit: ## look up known vulnerabilities of the pinned libraries, where that data can be reached
	@scripts/setup dev
	@$(VENV)/bin/python -m scripts.audit

lint: ## check format, style, types, imports, templates, migrations and settings
	@scripts/setup dev
	@scripts/lint

format: ## format code and templates
	@scripts/setup dev
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .
	@git ls-files -z 'templates/*.html' | xargs -0 -r $(VENV)/bin/djade --target-version 6.0

bench: ## measure speed on SQLite and PostgreSQL; ARGS= is passed to the program
	@scripts/setup dev
	@scripts/with-postgres $(VENV)/bin/python -m bench $(ARGS)

load: ## let 50 clerks work on PostgreSQL and 20 on SQLite, and compare each page with a trivial one
	@scripts/setup dev
	@$(VENV)/bin/uv pip install --quiet --python $(VENV) --constraint requirements-dev.txt --group load
	@scripts/with-postgres $(VENV)/bin/python -m bench.load --clerks 50 $(ARGS)
	@$(VENV)/bin/python -m bench.load --clerks 20 $(ARGS)

chaos: ## break the database under a served portal and kill its web server while it writes, on both databases
	@scripts/setup dev
	@$(PYTEST) -n 0 tests/deskops/test_faults.py
	@$(VENV)/bin/python -m bench.chaos $(ARGS)
	@scripts/with-postgres --quick $(PYTEST) -n 0 tests/deskops/test_faults.py
	@scripts/with-postgres $(VENV)/bin/python -m bench.chaos $(ARGS)

film: ## take a picture at each step of the day in docs/day-sheet.md, into var/film/
	@scripts/setup dev
	@scripts/ensure-chromium
	@FILM_DIR=var/film $(PYTEST) -q -m browser -n 0 tests/browser/test_day_sheet_keys.py -k unlike_the_day_before
	@ls var/film

screenshot: ## take docs/screenshot.png of the demo portal, which must be running
	@scripts/setup dev
	@scripts/ensure-chromium
	@$(VENV)/bin/python scripts/screenshot.py

requirements: ## compile requirements*.txt from pyproject.toml; ARGS=--upgrade takes newer versions
	@scripts/setup dev
	@scripts/compile-requirements $(ARGS)

clean: ## remove the environment and caches; what was entered in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
