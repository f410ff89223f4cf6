.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin/
READY := .venv/.ready

.PHONY: help setup run ops-demo test unit lint types format lock models chaos quality bench clean
help: ## show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(UV):
	$(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet --require-hashes -r .ci/uv.txt

$(READY): $(UV) requirements.lock pyproject.toml
	test -x .venv/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	$(RUN)python -m streams.stages.warm
	touch $@

setup: $(READY) ## install everything into .venv

run: $(READY) ## run the main job on the sample articles, embedded, no broker
	$(RUN)newswire run tests/samples --out out --overwrite

ops-demo: $(READY) ## an incident on a real Kafka with a real Prometheus: alerts, redrive, audit
	$(RUN)newswire ops-demo

JOBS ?= 2
test: $(READY) ## all tests, those on a real Kafka included; JOBS files at a time, each job with its brokers
	$(RUN)python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations 20

unit: $(READY) ## the tests that need no broker
	$(RUN)python -m pytest tests/unit tests/local

lint: $(READY) ## ruff and the import contracts
	$(RUN)ruff check . && $(RUN)ruff format --check . && $(RUN)lint-imports

types: $(READY) ## mypy --strict
	$(RUN)mypy

format: $(READY) ## format the code
	$(RUN)ruff check --fix . ; $(RUN)ruff format .

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header pyproject.toml
lock: $(UV) ## resolve the dependencies again: all, and those of the image alone
	$(COMPILE) --all-extras --group dev .ci/build.in -o requirements.lock
	$(COMPILE) --constraints requirements.lock -o runtime.lock

N ?= 100
chaos: $(READY) ## long chaos run: N kills of workers on a 3-node cluster, verdicts in out/chaos
	$(RUN)python -m tests.chaos --kills $(N)

STAGES := clean dedup entities subjects
models: $(READY) ## train every shipped model again; the same data gives the same files
	for stage in $(STAGES); do $(RUN)newswire train $$stage || exit 1; done
	git diff --exit-code --stat -- streams/stages

quality: $(READY) ## every figure of enrichment quality, on the check half of the evaluation data
	for stage in $(STAGES); do $(RUN)newswire quality $$stage || failed=1; done; \
	NEWSWIRE_EVERY_TEXT=1 $(RUN)python -m pytest tests/quality || failed=1; exit $${failed:-0}

bench: $(READY) ## every benchmark
	for part in run engine dedup entities subjects routes rolling; do $(RUN)newswire bench $$part || exit 1; done

clean: ## remove what the targets above made
	rm -rf .venv .tools out .pytest_cache .mypy_cache .ruff_cache
