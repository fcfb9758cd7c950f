# Everything a person or CI does here. Needs Python 3.11 or newer and make, nothing else:
# the first target you call builds .venv from uv.lock.

PYTHON  ?= python3
WORKERS ?= auto
ARGS    ?=

UV_VERSION := 0.13.9
# uv lives beside .venv, not in it: `uv sync` removes from .venv whatever uv.lock does not name.
UV  := .uv/bin/uv
BIN := .venv/bin
ENV := .venv/.synced-with-$(notdir $(PYTHON))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo serve test check format openapi docs bench lock clean

help: ## Show this list
	@echo "make TARGET [ARGS=...] [PYTHON=python3.12]"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: $(ENV) ## Build .venv, or bring it up to date

demo: $(ENV) ## Play the sample cases over HTTP on a simulated calendar
	$(BIN)/dixian demo $(ARGS)

serve: $(ENV) ## Run the service on this machine
	$(BIN)/dixian serve $(ARGS)

test: $(ENV) ## Run the tests, on every core (WORKERS=0: one after the other)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(ENV) ## Check style, types, imports, and that generated files and migrations are current
	$(UV) lock --check --quiet
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dixian openapi --check
	$(BIN)/dixian docs --check
	$(BIN)/python -m pytest tests/test_migrations.py

format: $(ENV) ## Format the code and fix what can be fixed safely
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

openapi: $(ENV) ## Write openapi/openapi.json from the code
	$(BIN)/dixian openapi

docs: $(ENV) ## Write the generated pages of docs/ from the policies
	$(BIN)/dixian docs

bench: $(ENV) ## Measure
	$(BIN)/python -m bench $(ARGS)

lock: .uv/$(UV_VERSION) ## Bring uv.lock in line with pyproject.toml (ARGS=--upgrade for newer releases)
	$(UV) lock $(ARGS)

clean: ## Remove the environment and every cache; data stays
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* htmlcov build dist
	find service tests migrations bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# --frozen installs exactly what uv.lock names and never rewrites it.
$(ENV): pyproject.toml uv.lock .uv/$(UV_VERSION)
	$(UV) sync --frozen --python $(PYTHON)
	@touch $@

.uv/$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Dixian needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	rm -rf .uv
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
