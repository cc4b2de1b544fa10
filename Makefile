# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
export LC_ALL := C.UTF-8

# The development environment serves the newest Python that PyPI's `ansible` package of requirements/dev.lock runs on.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && echo $$python && break; done)

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
COLLECTIONS := $(CURDIR)/.cache/collections
COLLECTION_LINK := .cache/collections/ansible_collections/ampops/secure_endpoint
# The environment is as good as the lock file that it was made from.
INSTALLED := $(VENV)/.installed-$(firstword $(shell sha256sum requirements/dev.lock))
OUTPUT := tests/output

run := PATH="$(BIN):$$PATH" PYTHONPATH=tests:plugins/module_utils ANSIBLE_COLLECTIONS_PATH=$(COLLECTIONS)
nox := $(BIN)/nox --no-verbose
# Sessions that use one processor run two at a time. What they print is shown when they end.
in_pairs := --parallel 2

# Debian packages, each with a command or file that shows that it is there.
system := requirements/system-packages
broker := rabbitmq-server=/usr/lib/rabbitmq/bin/rabbitmq-server openssl=openssl zstd=zstd
sanity := git=git shellcheck=shellcheck
containers := podman=podman runc=/usr/sbin/runc netavark=/usr/lib/podman/netavark iptables=/usr/sbin/iptables \
	mmdebstrap=mmdebstrap rpm=rpmbuild dpkg-dev=dpkg-source gpg=gpg gpg-agent=gpg-agent
java := openjdk-17-jre-headless=java:17
mingw := gcc-mingw-w64-x86-64-win32=x86_64-w64-mingw32-gcc
# The page of a report is tested in a browser. Where there is none to install, these tests are skipped and say so.
with_browser := command -v chromium >/dev/null || $(system) chromium-headless-shell=chromium-headless-shell || true
root := $(filter 0,$(shell id -u))

.PHONY: help setup demo simulator test check lint units integration roles environments chaos cluster hostile mutation bench docs changelog format lock clean

help: ## Say what there is (default)
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r target text; do printf '  make %-12s %s\n' "$$target" "$$text"; done

# -- Set up: nothing here is done twice ---------------------------------------------------------------------------------

setup: $(INSTALLED) $(COLLECTION_LINK) ## Make the development environment in .venv

# The collection under the path that Ansible asks for is a link to this checkout: nothing is copied, nothing goes stale.
$(COLLECTION_LINK):
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@

$(INSTALLED): requirements/dev.lock
	@test -n "$(PYTHON)" || { echo 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c '$(SUITABLE)' || { echo 'PYTHON=$(PYTHON) is not Python 3.11, 3.12 or 3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(system) python3-venv=/nowhere
	@echo 'Making $(VENV) from requirements/dev.lock (a minute or two)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements/dev.lock
	@rm -f $(VENV)/.installed-* && touch $@

# -- See it work --------------------------------------------------------------------------------------------------------

demo: setup ## The main job, end to end, against a tenant in a box
	@$(system) $(broker)
	@tests/demo.sh

simulator: setup ## A tenant in a box, in the foreground; ENV_FILE=path writes its settings there
	@$(system) $(broker)
	@$(run) $(BIN)/python -m simulator --end-with "$$(cut -d ' ' -f 4 "/proc/$$PPID/stat")" \
	  $(if $(ENV_FILE),--env-file "$(ENV_FILE)")

# -- Test ---------------------------------------------------------------------------------------------------------------

test: setup ## Everything: lint, units on the ansible-cores, integration, fast role tests
	@$(system) $(broker) $(java) $(sanity) $(if $(root),$(containers))
	@$(with_browser)
	@rm -rf $(OUTPUT) && mkdir -p $(OUTPUT)
	@status=0; $(nox) $(in_pairs) --stop-on-first-error --report $(OUTPUT)/nox.json --tags lint units integration roles || status=$$?; \
	$(BIN)/python tests/summary.py $(OUTPUT); exit $$status

check: setup ## The quick part, for work in between: style, types, units without a broker on one ansible-core
	@$(system) shellcheck=shellcheck
	@$(nox) $(in_pairs) --tags check

lint: setup ## Style, types, licences, documentation, changelog, the tarball: importers, ansible-lint, ansible-test sanity
	@$(system) $(sanity)
	@$(nox) $(in_pairs) --tags lint

units: setup ## Unit tests on the ansible-cores; CORE=2.16 picks one, ARGS goes to pytest
	@$(system) $(broker)
	@$(nox) $(if $(CORE),--session units-$(CORE),--tags units) -- $(ARGS)

integration: setup ## Playbooks and examples against the tenant in a box; ARGS goes to pytest
	@$(system) $(broker) $(java)
	@$(with_browser)
	@$(nox) --tags integration -- $(ARGS)

bench: setup ## Measure against competent alternatives; BENCH=name picks some, RUNS=n
	@$(system) $(broker) strace=strace
	@$(with_browser)
	@$(run) $(BIN)/python -m benchmarks $(BENCH) $(if $(RUNS),--runs $(RUNS)) --json $(OUTPUT)/benchmarks.json

roles: setup ## Every role on every system, in containers; ARGS goes to pytest
	@$(system) $(broker) $(containers) $(mingw)
	@$(nox) --session roles -- --all $(ARGS)

environments: setup ## Build the environments and the consumer's image, and run each; ARGS goes to pytest
	@$(system) $(broker) $(containers)
	@$(nox) --session environments -- $(ARGS)

chaos: setup ## Kill the consumer and the broker at random and count what is lost; ARGS=--kills=500
	@$(system) $(broker)
	@$(run) $(BIN)/python -m chaos $(ARGS)

cluster: setup ## Kill nodes, relay and workers of a RabbitMQ cluster and count what is lost; ARGS=--rounds=10
	@$(system) $(broker)
	@$(run) $(BIN)/python -m cluster $(ARGS)

hostile: setup ## Meet a hostile cloud: 48 ways to do harm times every module; ARGS="--mode drip --entry isolation"
	@$(run) $(BIN)/python -m hostile $(ARGS)

mutation: setup ## Change the engine in every way, list the changes that no test notices; ARGS="judgement identity"
	@$(nox) --session mutation -- $(ARGS)

# -- Maintain -----------------------------------------------------------------------------------------------------------

docs: setup ## Build the guides and the reference in docs/docsite/_build
	@$(nox) --session docs

changelog: setup ## Write CHANGELOG.md from the fragments, for the version in galaxy.yml
	@$(nox) --session release

format: setup ## Format the Python code
	@$(BIN)/ruff check --fix --quiet && $(BIN)/ruff format --quiet

lock: setup ## Pin the environments anew (UPGRADE=1 takes newer releases)
	@$(nox) --session lock -- $(if $(UPGRADE),--upgrade)

clean: ## Remove all that was made here
	@rm -rf .cache $(VENV) $(OUTPUT) .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache docs/docsite/_build
