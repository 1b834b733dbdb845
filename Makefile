# Everything a person does here. `make` alone lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format bench bench-pages bench-web screenshots lock clean

PYTHON ?= python3
PORT ?= 8000
export PORT

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --require-hashes --requirement
# The demo is the demo, whatever this shell is otherwise set up for.
AS_DEMO := env -u LEDGER_ENV -u DATABASE_URL -u ALLOWED_HOSTS
# Linters need settings, and no database but an empty one.
AS_TEST := LEDGER_ENV=test DATABASE_URL=sqlite://:memory:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp ## .venv with everything that tests and linters need

demo: $(VENV)/demo.stamp ## serve the demo on 127.0.0.1 (PORT=8000, DEMO_PASSWORD=random)
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || { \
		echo "Port $(PORT) is taken. Choose another: make demo PORT=8123"; \
		echo "端口 $(PORT) 已被占用，请换一个：make demo PORT=8123"; exit 1; }
	@$(AS_DEMO) $(BIN)/python manage.py migrate --verbosity 0
	@$(AS_DEMO) $(BIN)/python manage.py demo_past
	@$(AS_DEMO) $(BIN)/python manage.py seed
	@$(AS_DEMO) $(BIN)/python manage.py demo_accounts
	@exec $(AS_DEMO) $(BIN)/gunicorn tracker.wsgi --bind 127.0.0.1:$(PORT) \
		--workers 1 --worker-class gthread --threads 8 --timeout 300 \
		--log-level warning --no-control-socket

test: setup ## the suite on SQLite, PostgreSQL and in a browser (ARGS="-k word")
	@$(BIN)/python -m tests.run $(ARGS)

lint: setup ## ruff, mypy, import-linter, migrations, system checks, templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(AS_TEST) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(AS_TEST) $(BIN)/python manage.py makemigrations --check --dry-run
	$(AS_TEST) $(BIN)/python manage.py check --fail-level WARNING
	git ls-files -co --exclude-standard -- 'templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2 --check
	git ls-files -co --exclude-standard -- '*.py' | xargs $(BIN)/django-upgrade --target-version 5.2 --check

format: setup ## let the machines put code and templates in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	git ls-files -co --exclude-standard -- 'templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2
	git ls-files -co --exclude-standard -- '*.py' | xargs $(BIN)/django-upgrade --target-version 5.2

bench: setup ## measure
	@$(BIN)/python -m tests.bench $(ARGS)

bench-pages: setup ## queries, KB and ms of every page at 392 and at 100,000 entries
	@$(BIN)/python -m tests.bench_pages $(ARGS)

# Lighthouse comes from the npm registry and stays under var/; nothing else needs node.
LIGHTHOUSE := var/lighthouse/node_modules/.bin/lighthouse
bench-web: setup $(LIGHTHOUSE) ## how a phone meets the pages, by Lighthouse (needs node and Chromium)
	@LIGHTHOUSE=$(CURDIR)/$(LIGHTHOUSE) $(BIN)/python -m tests.bench_web $(ARGS)

$(LIGHTHOUSE):
	@mkdir -p var/lighthouse
	@npm install --prefix var/lighthouse --no-audit --no-fund --silent lighthouse@12.8.2

screenshots: setup ## draw docs/screenshots/ anew
	@$(BIN)/python -m tests.screenshots $(ARGS)

# Hashes for every platform, and no host: who installs decides where the packages come from.
COMPILE := var/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

lock: ## requirements*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(PYTHON) -m venv var/uv
	@var/uv/bin/pip --disable-pip-version-check install --quiet uv==0.13.9
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements.txt
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements-dev.txt --extra dev \
		--constraint requirements.txt

clean: ## remove .venv and what tools left behind; the demo's data under var/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov
	rm -f .coverage .coverage.*

# The stamps say that these very requirements are installed: a second run is instant.
$(VENV)/demo.stamp: requirements.txt | $(BIN)/python
	@echo "Installing the packages 正在安装依赖 ..."
	@$(PIP) requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(BIN)/python
	@echo "Installing the packages for tests and linters 正在安装开发依赖 ..."
	@$(PIP) requirements-dev.txt
	@touch $@ $(VENV)/demo.stamp

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; '$(PYTHON)' is not. Try: make PYTHON=python3.12 ..."; \
		echo "需要 Python 3.11 或更新版本，请用 make PYTHON=python3.12 … 指定"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; \
		echo "缺少 Python 的 venv 模块。Debian 上请执行：apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
