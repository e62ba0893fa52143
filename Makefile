# PYTHON and CHROMIUM may be given: make run PYTHON=/path/to/python3.12
SUPPORTED = import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python && break; done)
CHROMIUM ?= $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10 | sed 's/^/make /'

run: .venv/.run-stamp  ## set up what the page needs and serve it on 127.0.0.1:7860
	@.venv/bin/python app.py

share: .venv/.run-stamp  ## the same, with a public address from Gradio; ARGS="--auth USER:PASSWORD" locks it
	@.venv/bin/python app.py --share $(ARGS)

mcp: .venv/.run-stamp  ## serve the assistant that starts this, over standard input and output
	@.venv/bin/python -m ui.programs.mcp

test: .venv/.test-stamp tests/node_modules  ## set up what the tests need and run them; ARGS="-k page" runs some
	@test -n "$(CHROMIUM)" || .venv/bin/python -m playwright install chromium || echo "No Chromium: no browser tests." >&2
	@.venv/bin/python -m pytest -n auto --maxprocesses 4 --no-loadscope-reorder $(ARGS)

training: .venv/.train-stamp  ## set up what training needs as well, TensorFlow among it

lint: .venv/.test-stamp tests/node_modules  ## look for slips in the code and for known faults in packages
	@.venv/bin/python -m ruff check .
	@tests/node_modules/.bin/eslint --config tests/eslint.config.mjs ui tests/eslint.config.mjs
	@.venv/bin/python -m bandit -q -ll -r captioner ui app.py train.py
	@audit=$$(.venv/bin/python -m pip_audit --disable-pip --require-hashes -r requirements.lock 2>&1) || \
		case "$$audit" in \
		*"No known vulnerabilities found"*|*ConnectionError*|*"Max retries"*|*"not found on PyPI"*) ;; \
		*) echo "$$audit"; exit 1;; esac; \
	case "$$audit" in *"could not be audited"*|*ConnectionError*|*"Max retries"*) \
		echo "The list of known faults cannot be reached: packages were not checked." >&2;; esac

lock: .venv/.test-stamp  ## bring the lock files up to date with requirements*.txt
	@for part in -page "" -dev; do .venv/bin/python -m uv pip compile --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -q requirements$$part.txt -o requirements$$part.lock; done

sbom: .venv/.test-stamp  ## list the page's packages in sbom.json (CycloneDX)
	@.venv/bin/cyclonedx-py requirements requirements-page.lock --of JSON -o sbom.json

texts: .venv/.run-stamp  ## bring the catalogs for translators (ui/texts/*.po) up to date with the page's texts
	@.venv/bin/python -m ui.texts.extract

pictures: .venv/.test-stamp  ## photograph the page for the README
	@.venv/bin/python docs/screenshots.py

clean:  ## remove the .venv and all caches; models, data and checkpoints stay
	rm -rf .venv .pytest_cache .ruff_cache .gradio tests/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run share mcp test training lint lock sbom texts pictures clean

tests/node_modules: tests/package-lock.json
	@npm ci --prefix tests --no-audit --no-fund && touch $@ || echo "No npm: no JavaScript is tested or linted." >&2

# A set-up that was cut short leaves .venv/.unfinished behind; it, or a Python that went away, makes the next one start over.
VENV_WORKS := $(shell test ! -e .venv/.unfinished && .venv/bin/python -c 'import pip' 2>/dev/null && echo yes)
ifneq ($(VENV_WORKS),yes)
.PHONY: .venv/.run-stamp .venv/.train-stamp .venv/.test-stamp
endif

.venv/.run-stamp: requirements-page.lock
	$(install)

.venv/.train-stamp: requirements.lock
	$(install)

.venv/.test-stamp: requirements-dev.lock
	$(install)

define install
@test "$(VENV_WORKS)" = yes || { \
	$(or $(PYTHON),false) -c '$(SUPPORTED)' 2>/dev/null || { \
		echo "Captioner needs Python 3.11, 3.12 or 3.13 with its venv module (on Debian: python3-venv)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }; \
	rm -rf .venv && mkdir .venv && touch .venv/.unfinished && $(PYTHON) -m venv .venv; }
@touch .venv/.unfinished
.venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r $< >&2
@rm .venv/.unfinished
@touch $@
endef
