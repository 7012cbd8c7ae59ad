# Everything a person types. Needs make, git and Python 3.11+ (venv, pip); writes only inside this folder.
# Recipes end in exec: signals reach the command itself, and its exit code is make's.

PYTHON_BIN := .venv/bin/python
THROWAWAY  := $(PYTHON_BIN) -m portal.embedded run --throwaway $(if $(POSTGRES_BIN),--postgres-bin $(POSTGRES_BIN),)
EMBEDDED   := $(THROWAWAY) --
# Benchmarks commit to the disk, as in earnest.
DURABLE    := $(THROWAWAY) --durable --
UV         := var/uv/bin/uv
COMPILE    := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
              --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade,) pyproject.toml

# What tests and tools keep in "temporary" or "home" folders stays in the checkout too.
HERE := $(CURDIR)/var
PRIVATE := TMPDIR="$(HERE)/tmp" XDG_CACHE_HOME="$(HERE)/cache" XDG_CONFIG_HOME="$(HERE)/config" \
           XDG_DATA_HOME="$(HERE)/data" XDG_STATE_HOME="$(HERE)/state"
# `check --deploy` judges the settings of a production-like portal; the values are nobody's.
DEPLOYED := PORTAL_DEMO=0 PORTAL_BASE_URL=https://portal.example PORTAL_KEYRING="$(HERE)/tmp/check-keyring.json" \
            PORTAL_SECRET_KEY=only-for-make-check-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789 \
            EMAIL_URL=smtp://mail.portal.example:587

.PHONY: help run test check check-format check-lint check-types check-templates check-imports check-django \
        format bench lock clean ready

help:
	@echo "make run     start the portal with its own PostgreSQL and Valkey (PORT=8000); Ctrl-C ends everything"
	@echo "make test    the tests, on servers of their own (ARGS='-k name' is handed to pytest; POSTGRES_BIN=/…/bin)"
	@echo "make check   format, lint, types, templates, imports, migrations, deployment settings"
	@echo "make format  let the formatters rewrite what they can"
	@echo "make bench   measure: look-ups, import, routing (ARGS='name …' chooses)"
	@echo "make lock    resolve the dependencies again (UPGRADE=1: to the newest versions)"
	@echo "make clean   remove .venv and caches; var/ with the data stays"

ready:
	@sh portal/bootstrap.sh
	@mkdir -p -m 700 var var/tmp var/static

run: ready
	@exec $(PYTHON_BIN) -m portal.stack

test: ready
	@exec env $(PRIVATE) $(EMBEDDED) .venv/bin/pytest -n $(or $(WORKERS),3) $(ARGS)

# Each part on its own, so that `make -k check` tells everything at once.
check: check-format check-lint check-types check-templates check-imports check-django
	@echo "make check: everything in order."

check-format: ready
	.venv/bin/ruff format --check .

check-lint: ready
	.venv/bin/ruff check .

check-types: ready
	.venv/bin/mypy lookups portal

check-templates: ready
	.venv/bin/djlint templates --check --quiet
	.venv/bin/djlint templates --lint --quiet

check-imports: ready
	.venv/bin/lint-imports --cache-dir .import_linter_cache

check-django: ready
	@mkdir -p -m 700 var/tmp
	@rm -f var/tmp/check-keyring.json
	env $(DEPLOYED) $(EMBEDDED) sh -ec '\
	  $(PYTHON_BIN) manage.py create_keyring; \
	  $(PYTHON_BIN) manage.py makemigrations --check --dry-run; \
	  $(PYTHON_BIN) manage.py check --deploy --database default --fail-level WARNING'

format: ready
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	.venv/bin/djlint templates --reformat --quiet

bench: ready
	@exec env $(PRIVATE) $(DURABLE) $(PYTHON_BIN) -m tests.benchmarks $(ARGS)

lock: ready $(UV)
	env $(PRIVATE) UV_CACHE_DIR="$(HERE)/cache/uv" $(COMPILE) -o requirements.lock
	env $(PRIVATE) UV_CACHE_DIR="$(HERE)/cache/uv" $(COMPILE) --extra dev -o requirements-dev.lock

$(UV):
	$(PYTHON_BIN) -m venv var/uv
	env $(PRIVATE) var/uv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check uv

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles test-results
	find lookups portal tests -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf var/throwaway var/tmp var/cache
	@echo "var/ (data, keyring, logs) stays. To forget those as well: rm -rf var"
