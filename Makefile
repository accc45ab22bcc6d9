# `make` or `make help` lists everything. Needs a POSIX shell and a Python of 3.11 or newer with venv; nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
REQUIREMENTS := deploy/requirements
INSTALLED := $(VENV)/.requirements-installed
LINKED := $(VENV)/.packages-linked
PACKAGES := $(wildcard libs/*/__init__.py services/*/__init__.py deploy/plein/__init__.py)
CHECKED := libs services deploy tests
TESTS ?= tests
# Every service's OpenAPI document, valid and by the national API design rules, and the AsyncAPI document of the topics.
DESCRIPTIONS := tests/contracts/test_openapi_documents.py tests/contracts/test_asyncapi.py
# Hashed, and no address of any registry in it (decision 14).
COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: up
up: $(LINKED) ## start everything on this machine and play the story; ONCE=1 stops after it
	@$(BIN)/plein up $(if $(filter-out 0,$(ONCE)),--once)

.PHONY: test
test: $(LINKED) ## run every test on the engines this machine has; TESTS=tests/unit runs a part
	@$(BIN)/python -m pytest $(TESTS)

.PHONY: test-journeys
test-journeys: $(LINKED) ## run the journeys of the product, on real processes
	@$(BIN)/python -m pytest tests/journeys

.PHONY: test-pages
test-pages: $(LINKED) ## use the pages in a real browser, with a keyboard, without JavaScript, in three sizes
	@PLEIN_REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/screens

.PHONY: faults
faults: $(LINKED) ## hunt for lost contacts; LIST=1 lists, ONLY=a,b plays some, RUNS=1000 a night, SEED= repeats, SIZE=small, ENGINE=embedded
	@PYTHONPATH=tests ENGINE="$(ENGINE)" ONLY="$(ONLY)" RUNS="$(RUNS)" SEED="$(SEED)" SIZE="$(SIZE)" LIST="$(LIST)" \
	  $(BIN)/python -W ignore::DeprecationWarning -m faults.hunt

.PHONY: bench
bench: $(LINKED) ## measure the speed beside its peers; SIZE=small takes minutes, medium half an hour, ONLY=name,... a part, PAIRS=n
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(if $(SIZE),--size=$(SIZE)) $(if $(ONLY),--only=$(ONLY)) $(if $(PAIRS),--pairs=$(PAIRS))

.PHONY: check
check: $(LINKED) ## format, lint, types, import contracts, generated files and API descriptions, as CI does
	@$(BIN)/ruff format --check $(CHECKED)
	@$(BIN)/ruff check $(CHECKED)
	@$(BIN)/mypy $(CHECKED)
	@$(BIN)/lint-imports
	@$(BIN)/python -m contact_events.publish --check
	@$(BIN)/python -m pages.catalogues --check
	@$(BIN)/python -m plein.generated --check
	@$(BIN)/python -m pytest -q $(DESCRIPTIONS)
	@$(BIN)/python -m pytest -q tests/architecture tests/contracts $(DESCRIPTIONS:%=--ignore=%)

.PHONY: format
format: $(LINKED) ## put the code in its one layout, mend what lint can mend, and generate what is generated
	@$(BIN)/ruff check --fix --quiet $(CHECKED)
	@$(BIN)/ruff format $(CHECKED)
	@$(BIN)/python -m contact_events.publish
	@$(BIN)/python -m pages.catalogues
	@$(BIN)/python -m plein.generated

.PHONY: requirements
requirements: $(LINKED) ## resolve the hashed requirements again from pyproject.toml; UPGRADE=1 takes newer versions
	@$(COMPILE) $(if $(filter-out 0,$(UPGRADE)),--upgrade) --extra=dev --extra=local --output-file=$(REQUIREMENTS)/dev.txt pyproject.toml
	@$(COMPILE) --build-deps-for=wheel --constraint=$(REQUIREMENTS)/dev.txt --output-file=$(REQUIREMENTS)/runtime.txt pyproject.toml
	@$(COMPILE) $(if $(filter-out 0,$(UPGRADE)),--upgrade) --output-file=$(REQUIREMENTS)/bench.txt $(REQUIREMENTS)/bench.in

.PHONY: install
install: $(LINKED) ## make the virtual environment from the hashed requirements

.PHONY: clean
clean: ## remove the virtual environment and what was built or cached; the data in .plein stay
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find libs services deploy tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): $(REQUIREMENTS)/dev.txt
	@if [ ! -x $(BIN)/python ]; then \
	  found=; \
	  for each in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	    if "$$each" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$each; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "There is no Python 3.11 or newer with venv on PATH: install one, or run make PYTHON=/path/to/python3.11." >&2; exit 1; \
	  fi; \
	  echo "making $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv $(VENV); \
	fi
	@echo "installing the requirements; the first time this takes a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(REQUIREMENTS)/dev.txt
	@touch $@

$(LINKED): $(INSTALLED) pyproject.toml $(PACKAGES)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . \
	  > $(VENV)/link.log 2>&1 || { cat $(VENV)/link.log >&2; exit 1; }
	@touch $@
