# Unitwire: one command to set up, one to test, one to check. `make help` lists them.
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
ARGS ?=

.PHONY: help install demo test test-platforms test-ha test-n8n check lint format docs lock clean bench lock-bench audit fuzz mutation

help:            ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

$(VENV)/.installed: constraints.txt pyproject.toml
	python3 -m venv $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r constraints.txt
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

install: $(VENV)/.installed    ## set up .venv with everything, pinned

demo: install    ## the main job, told as a story (make demo ARGS=--once ends after it)
	@$(VENV)/bin/unitwire demo $(ARGS)

test: install    ## all tests, both databases, real processes
	$(PY) -m pytest -n 3 --dist worksteal --ignore tests/platforms --ignore tests/deploy $(ARGS)

test-deploy: install    ## image, compose file, chart, units and proxies, each by its own tools
	$(PY) -m pytest tests/deploy $(ARGS)

test-platforms: install    ## the packages in manifests/, each in its platform's own engine
	$(PY) -m pytest -m platforms tests/platforms $(ARGS)

test-ha: install    ## every drill on a PostgreSQL cluster (Patroni, etcd); ten minutes
	$(PY) -m pytest -m "ha or slow" tests/ha -rP $(ARGS)

lint: install    ## style, types, direction of imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(PY) docs/generate.py --check
	$(VENV)/bin/unitwire manifests --check

test-n8n: install    ## the node in a real n8n, which takes 2.9 GB
	$(PY) -m pytest -m "platforms and n8n_engine" tests/platforms/n8n $(ARGS)

check: lint test    ## everything that must pass before a commit

BENCH := benchmarks/.venv
$(BENCH)/.installed: benchmarks/peers.txt pyproject.toml
	python3 -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --require-hashes -r benchmarks/peers.txt
	$(BENCH)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

bench: $(BENCH)/.installed    ## Unitwire beside its peers, about an hour; figures in benchmarks/figures.jsonl
	$(BENCH)/bin/python -m benchmarks --into benchmarks/figures.jsonl $(ARGS)

lock-bench: install    ## take the peers' newest versions into benchmarks/peers.txt
	$(VENV)/bin/uv pip compile pyproject.toml benchmarks/peers.in --constraint constraints.txt \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
	  --output-file benchmarks/peers.txt

audit: install   ## known holes in what is pinned
	$(PY) tests/audit.py

fuzz: install    ## fuzz one target for ten minutes: make fuzz TARGET=target_url
	PYTHONPATH=tests $(PY) -m fuzz.run $(TARGET) -max_total_time=600 $(ARGS)

mutation: install  ## break the code that keeps strangers out; what survives is not tested
	$(VENV)/bin/mutmut run $(ARGS)
	$(VENV)/bin/mutmut results

format: install  ## let ruff lay out the code
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

docs: install    ## write what is generated: tables of README and docs, manifests/
	$(PY) docs/generate.py
	$(VENV)/bin/unitwire manifests

lock: install    ## take the newest versions into constraints.txt
	$(VENV)/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --upgrade --output-file constraints.txt

clean:           ## remove what was installed and built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
