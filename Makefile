# `make run` serves the portal with demo data, `make test` runs the tests, `make help` lists the rest.
# They need Python 3.13 and a shell. PYTHON= chooses another interpreter than python3.
PYTHON ?= python3
PYTEST = .venv/bin/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test lint format test-postgres test-browser test-api bench screenshot requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set everything up and serve the portal and its worker on PORT (8000), with demo data
	@PYTHON="$(PYTHON)" scripts/setup run
	@.venv/bin/python scripts/write_env.py
	@.venv/bin/python manage.py setup_demo
	@exec .venv/bin/python manage.py serve

test: ## run the tests on SQLite; ARGS= goes on to pytest
	@PYTHON="$(PYTHON)" scripts/setup dev
	@$(PYTEST) -n auto $(ARGS)

test-postgres: ## run the same tests on a throwaway PostgreSQL
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/with-postgres --quick $(PYTEST) -n auto $(ARGS)

test-browser: ## run the tests that drive a real Chromium
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/ensure-chromium
	@$(PYTEST) -m browser -n auto $(ARGS)

test-api: ## ask the running portal all that its API's description allows, with schemathesis
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/test-api

lint: ## check format, style, types, imports, templates, migrations and settings
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/lint

format: ## put code and templates into the project's format
	@PYTHON="$(PYTHON)" scripts/setup dev
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .
	@git ls-files -z 'templates/*.html' | xargs -0 -r .venv/bin/djade --target-version 6.0

bench: ## measure speed on SQLite and PostgreSQL; ARGS= goes on to the program
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/with-postgres .venv/bin/python -m bench $(ARGS)

screenshot: ## take docs/screenshot.png of the demo portal, which must be running
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/ensure-chromium
	@.venv/bin/python scripts/screenshot.py

requirements: ## compile requirements*.txt anew from pyproject.toml; ARGS=--upgrade takes newer versions
	@PYTHON="$(PYTHON)" scripts/setup dev
	@scripts/compile-requirements $(ARGS)

clean: ## remove the environment and caches; what was entered in var/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
