# run    set up, then run the whole camp; Ctrl-C stops it        test   all tests
# check  linters, types, contracts, translations                 lock   compile the pinned requirements anew
# setup  what run and test need, without running anything        messages   bring the Chinese texts up to date
# bench  times and memory beside PyTorch and Keras
# models  train the checkpoints of the tasks anew                figures  their figures over five seeds: docs/tasks.md
# fuzz   made-up cases against every call of the API             clean  remove what make installed (not the data)
#
# Bare `make` is `make run`. FUZZ_ARGS="--examples 100 --seed 7" says how many for each call, and which.
#
# PYTHON=python3.12 chooses the interpreter; else the first of 3.11 to 3.13 that works (setup/find-python.sh).

# TEST_WORKERS=0 runs the tests one after another, so that what they print is seen.

.DEFAULT_GOAL := run
TEST_WORKERS ?= 2
.PHONY: run test tour drills fuzz bench models figures check lock setup messages clean runtime dev
.SILENT:

bin := .venv/bin
python := $(bin)/python
install = chosen=$$(sh setup/find-python.sh) && "$$chosen" setup/install.py
# Production's own checks need production's settings; nothing is kept of these.
deploy := CAMP_ENV=production CAMP_ALLOWED_HOSTS=camp.example CAMP_SECRET_KEY=$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))')

compile = $(bin)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" $(UV_ARGS)

runtime:
	$(install) runtime
	$(python) setup/messages.py compile

dev setup:
	$(install) dev
	$(python) setup/messages.py compile

run: runtime
	exec $(python) manage.py camp --stop-with-parent

test: dev
	CAMP_CHROMIUM=$$($(python) setup/browser.py) && export CAMP_CHROMIUM && exec $(python) -m pytest -n $(TEST_WORKERS) --dist loadgroup $(PYTEST_ARGS)

tour: dev
	CAMP_CHROMIUM=$$($(python) setup/browser.py) && export CAMP_CHROMIUM && exec $(python) -m tests.tour

drills: dev
	DRILLS=full exec $(python) -m pytest tests/drills $(PYTEST_ARGS)

fuzz: dev
	exec $(python) -m tests.fuzz.run $(FUZZ_ARGS)

bench: dev
	$(python) setup/bench.py
	exec .venv-bench/bin/python -m bench $(BENCH_ARGS)

models: dev
	exec $(python) -m attention_core.trials models $(TASKS)

figures: dev
	exec $(python) -m attention_core.trials figures $(TASKS)

check: dev
	echo "ruff";          $(bin)/ruff check .
	echo "ruff format";   $(bin)/ruff format --check -q . || { echo "run: $(bin)/ruff format ."; exit 1; }
	echo "imports";       $(bin)/lint-imports --no-logo
	echo "types";         $(bin)/mypy
	echo "templates";     $(bin)/djlint templates --lint --quiet
	echo "translations";  $(python) setup/messages.py check
	echo "migrations";    $(python) manage.py makemigrations --check --dry-run
	echo "Django";        $(python) manage.py check --fail-level WARNING
	echo "Django, in production"; $(deploy) $(python) manage.py check --deploy --fail-level WARNING
	if [ -f docker-compose.yml ]; then \
	    echo "docker-compose.yml"; $(bin)/check-jsonschema -q --builtin-schema vendor.compose-spec docker-compose.yml; \
	fi
	echo "check: all is well"

messages: dev
	$(python) setup/messages.py update

lock: dev
	$(compile) requirements.in -o requirements.txt
	$(compile) requirements-dev.in -o requirements-dev.txt
	$(compile) --no-deps --generate-hashes requirements-alone.in -o requirements-alone.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean:
	rm -rf .venv .venv-bench node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete
