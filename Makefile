# Everything a person or a machine does here. Needs: Python 3.11 or later, make, and a package registry.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# A shim that is on the PATH may stand for nothing, so each candidate has to run.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
FOUND = test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: none of python3, python3.13, python3.12, python3.11 runs."; exit 1; }
BIN := .venv/bin
PY := $(BIN)/python
SAM := .venv-sam/bin/sam
MINISTACK := .venv-smoke/bin/ministack
CHECKOV := .venv-checkov/bin/checkov
# Without dependencies: the lists are complete, and that is checked by their hashes.
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-deps --no-compile
export SAM_CLI_TELEMETRY := 0
UV_COMPILE := uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header --no-annotate
# On every core; with arguments of your own, such as "-k phone", on one.
PYTEST_ARGS ?= -n auto --dist worksteal
STAGE ?= dev

.PHONY: help setup tools demo dev test check bench mutants soak build smoke deploy lock clean \
	checks check-format check-lint check-types check-imports check-template check-transitions check-mutants

help: ## list what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: .venv/.ready ## make .venv with everything to run and test (others do it by themselves)

.venv/.ready: requirements-dev.txt requirements.txt shared/requirements.txt pyproject.toml
	@$(FOUND)
	@echo "Setting up .venv with $$($(PYTHON) --version) ..."
	@test -x $(PY) || $(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
	@$(PY) $(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	@$(PY) $(PIP_INSTALL) --no-build-isolation -e .
	@touch $@

.venv/.soak: requirements-soak.txt | .venv/.ready
	@$(PY) $(PIP_INSTALL) --require-hashes -r requirements-soak.txt
	@touch $@

$(SAM): requirements-sam.txt
	@$(FOUND)
	@echo "Setting up .venv-sam (AWS SAM CLI) ..."
	@test -x .venv-sam/bin/python || $(PYTHON) -m venv .venv-sam || { rm -rf .venv-sam; exit 1; }
	@.venv-sam/bin/python $(PIP_INSTALL) --require-hashes -r requirements-sam.txt
	@touch $@

$(CHECKOV): requirements-checkov.txt
	@$(FOUND)
	@echo "Setting up .venv-checkov ..."
	@test -x .venv-checkov/bin/python || $(PYTHON) -m venv .venv-checkov || { rm -rf .venv-checkov; exit 1; }
	@.venv-checkov/bin/python $(PIP_INSTALL) --require-hashes -r requirements-checkov.txt
	@touch $@

$(MINISTACK): requirements-smoke.txt | .venv/.ready
	@echo "Setting up .venv-smoke (MiniStack, on Lambda's python3.13) ..."
	@python=$$($(PY) -m sandbox.build.python) && $$python -m venv --clear .venv-smoke
	@.venv-smoke/bin/python $(PIP_INSTALL) --require-hashes -r requirements-smoke.txt
	@touch $@

tools: .venv/.ready $(SAM) $(CHECKOV)

demo: .venv/.ready ## run the story: one customer, three years, in under a minute
	@$(BIN)/aftercart demo

dev: .venv/.ready ## serve the whole product on 127.0.0.1:8787 with a clock that moves
	@$(BIN)/aftercart dev --port $(or $(PORT),8787)

test: .venv/.ready ## run the tests (PYTEST_ARGS="-k phone" for some of them)
	@$(BIN)/pytest -q $(PYTEST_ARGS)

check: checks test check-mutants ## the whole gate
	@echo "All checks passed."

checks: tools
	@$(MAKE) -j2 check-format check-lint check-types check-imports check-template check-transitions

# A quarter of the bugs, of each promise some; `make mutants` plants them all.
check-mutants: .venv/.ready
	@$(PY) -m sandbox.trials.mutants.run --every 4

check-format: .venv/.ready
	@$(BIN)/ruff format --check .

check-lint: .venv/.ready
	@$(BIN)/ruff check .

check-types: .venv/.ready
	@$(BIN)/mypy

check-imports: .venv/.ready
	@$(BIN)/lint-imports

check-template: .venv/.ready $(SAM) $(CHECKOV)
	@$(SAM) validate --lint --region eu-central-1
	@$(PY) -m sandbox.audit.run .venv-sam/bin/cfn-lint $(CHECKOV)

check-transitions: .venv/.ready
	@$(PY) -m sandbox.states.transitions

bench: .venv/.ready ## print counts and ratios: AWS calls, states, instructions, sizes
	@$(PY) -m sandbox.bench.run

mutants: .venv/.ready ## plant real bugs one at a time: the tests must notice each (ONLY=name; SCORE=1 mutates all rules)
	@$(PY) -m sandbox.trials.mutants.$(if $(SCORE),score,run) $(if $(ONLY),--only "$(ONLY)")

soak: .venv/.soak ## the long run: every trial at its full length, two hours on two cores (ARGS="--only lives")
	@$(PY) -m sandbox.trials.soak $(ARGS)

build: .venv/.ready $(SAM) ## build what is deployed into .aws-sam/build (needs python3.13: PYTHON313=path)
	@$(PY) -m sandbox.build.bundle

smoke: .venv/.ready $(SAM) $(MINISTACK) ## deploy the build to a local stand-in for AWS and use it
	@$(PY) -m sandbox.smoke.run

deploy: build ## build, plan, then deploy to your AWS account (STAGE=dev or prod; FORCE=1 past a refusal)
	@$(PY) -m sandbox.build.before_deploy $(STAGE) $(if $(FORCE),--force)
	@$(SAM) deploy --config-env $(STAGE)

lock: ## maintainers: resolve anew and write requirements*.txt (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed to resolve: pip install uv"; exit 1; }
	uv lock --quiet --upgrade
	uv export --quiet --no-emit-project --no-header --no-annotate --no-dev -o shared/requirements.txt >/dev/null
	uv export --quiet --no-emit-project --no-header --no-annotate --group dev -o requirements-dev.txt >/dev/null
	echo 'aws-sam-cli>=1.170' | $(UV_COMPILE) - -o requirements-sam.txt >/dev/null
	echo 'checkov>=3.3.30' | $(UV_COMPILE) - -o requirements-checkov.txt >/dev/null
	printf 'atheris==3.0.0; python_version < "3.12"\natheris>=3.1; python_version >= "3.12"\n' | $(UV_COMPILE) - -o requirements-soak.txt >/dev/null
	printf 'ministack>=1.5.33\naws-sam-translator>=1.100\n' | $(UV_COMPILE) - -o requirements-smoke.txt >/dev/null
	@! grep -nE 'https?://|file:' requirements*.txt shared/requirements.txt

clean: ## delete everything that make made
	rm -rf .venv .venv-build .venv-sam .venv-checkov .venv-smoke .aws-sam .build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
