# What people do with Charley. `make help` lists it.
PORT ?= 5005
ACTION_PORT ?= 5055
export RASA_TELEMETRY_ENABLED = false
CHARLEY = .venv/bin/charley

.DEFAULT_GOAL := help
.PHONY: help run page train test slow endure safety lint audit sbom bench bench-widget bench-nlu load setup clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/.ready: pyproject.toml uv.lock .python-version scripts/setup.sh scripts/uv.txt
	@sh scripts/setup.sh
	@touch $@

setup: .venv/.ready  ## Install everything into .venv, from the lock

train: .venv/.ready  ## Train the assistant, if anything it is made from has changed
	@$(CHARLEY) train

run: train  ## Start Charley and its chat page at http://127.0.0.1:5005/ (PORT= changes it)
	@$(CHARLEY) run --port $(PORT) --action-port $(ACTION_PORT)

page: train  ## Open the trainers' page at http://127.0.0.1:5006/
	@$(CHARLEY) page

test: lint train  ## Check everything: style, types, data, unit, story and black-box tests
	@.venv/bin/pytest

slow: train  ## Run the tests that train or take minutes
	@.venv/bin/pytest -m slow

endure: train  ## Fifty people talk while each part is killed or hangs, and another model is switched in and back (12 minutes)
	@.venv/bin/pytest -m slow tests/deploy/test_long.py tests/deploy/test_switch.py -s

safety: train  ## Run every safety test and write the report var/safety.md (some minutes)
	@.venv/bin/pytest -m "safety or not safety" tests/safety tests/care tests/rasa/test_care_policy.py tests/rasa/test_check_up.py tests/rasa/test_cautions.py tests/rasa/faults/ -s

lint: .venv/.ready  ## Check style, types and data
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@$(CHARLEY) check

audit: .venv/.ready  ## Hold the locks against known vulnerabilities (AUDIT=--live: a silent database fails)
	@.venv/bin/python -m scripts.audit check $(AUDIT)

sbom: .venv/.ready  ## Write var/sbom/: what Charley is made of (CycloneDX 1.5)
	@.venv/bin/python -m scripts.audit bom

bench: train  ## Measure training, start-up, memory and speed on this machine
	@$(CHARLEY) bench

bench-widget: train  ## Measure the chat widget in a browser (a minute; needs Chromium; BENCH=--screenshots takes those of docs/widget/)
	@.venv/bin/python -W ignore -m benchmarks.widget $(BENCH)

bench-nlu: train  ## Compare Charley with stock Rasa and a bare floor (about an hour; BENCH=--speed: stock Rasa's speed alone)
	@.venv/bin/python -W ignore -m benchmarks $(BENCH)

load: train  ## Measure messages a second beside stock Rasa (ten minutes; needs the real services; LOAD=--document writes docs/)
	@.venv/bin/python -W ignore -m benchmarks.load $(LOAD)

clean:  ## Remove the environment, models and everything else that was made
	rm -rf .venv .uv .rasa models var .pytest_cache .mypy_cache .ruff_cache
