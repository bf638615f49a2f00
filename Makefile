# make run    set up, load the made-up sample business once, print its ROI report, serve on http://127.0.0.1:8000
# make test   set up with everything the tests need, then run every check and test
# make bench  measure speed side by side with bare SQLite and hand-written DuckDB SQL
# make soak   the kill -9 tests again, 20 rounds each, and 10,000 opt-outs while 100 agents dial; 10,000 conversions for
#             every platform, and the outbox's law 100 times
# make docs   write the generated pages of docs/ and the pictures anew
# make clean  remove what make made (.venv, caches); your data in .huasuan stays

SHELL := /bin/bash
.DEFAULT_GOAL := run
.PHONY: run test bench soak docs types clean packages

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
BIN := .venv/bin
# uv comes from the package registry into .venv; it installs exactly what uv.lock says and never another Python.
UV := UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy $(BIN)/uv --quiet
export HUASUAN_HOME ?= $(CURDIR)/.huasuan

run: .venv/.web
	@$(BIN)/huasuan init --sample && $(BIN)/huasuan report roi && exec $(BIN)/huasuan serve

# Every check runs even if an earlier one failed; pytest's summary is the last line.
test: packages .venv/.test .venv/.web
	@failed=; check() { \
	  if said=$$($(BIN)/"$$@" 2>&1); then echo "ok      $$*"; else echo "FAILED  $$*"; echo "$$said"; failed="$$failed $$1"; fi; }; \
	check ruff format --check .; \
	check ruff check .; \
	check mypy; \
	check python hatch_build.py node node_modules/typescript/bin/tsc --noEmit; \
	check lint-imports; \
	check python -m huasuan.app.develop.docs --check; \
	[ -z "$$failed" ] || echo "FAILED CHECKS:$$failed"; \
	echo "== pytest"; $(BIN)/pytest -q -n auto --maxprocesses=8 --durations=20 || failed="$$failed pytest"; \
	[ -z "$$failed" ]

bench: .venv/.test
	@$(BIN)/python -m bench

soak: packages .venv/.test
	@HUASUAN_KILL_ROUNDS=20 HUASUAN_OPT_OUTS=10000 HUASUAN_CONVERSIONS=10000 HUASUAN_OUTBOX_EXAMPLES=100 \
		$(BIN)/pytest -q -n0 tests/durability tests/intake/test_import_killed.py tests/app/test_opt_outs_at_work.py \
		tests/connectors/test_conversion_rows.py tests/journeys/test_outbox_laws.py tests/journeys/test_corrections.py

docs: .venv/.test
	@$(BIN)/python -m huasuan.app.develop.docs
	@$(BIN)/python -m huasuan.app.develop.picture --lang zh
	@$(BIN)/python -m huasuan.app.develop.picture --lang en

# The types of the HTTP API for the web application, made of the service's own description.
types: .venv/.test
	@$(BIN)/python hatch_build.py types

clean:
	rm -rf web/node_modules web/tools/node_modules src/huasuan/app/http/static
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/uv:
	@echo "Setting up .venv ($(PYTHON)) …"
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { .ci/debian python3-venv && $(PYTHON) -m venv --clear .venv; }
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet uv

.venv/.run: uv.lock pyproject.toml | .venv/bin/uv
	@$(UV) sync --frozen --inexact --no-default-groups --group web --extra postgres
	@touch $@

.venv/.test: uv.lock pyproject.toml | .venv/bin/uv
	@$(UV) sync --frozen --inexact --all-extras
	@touch $@

# The web application, built anew when its sources changed. Node comes from the package registry.
WEB := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/tests/*' -not -path 'web/tools/*')
.venv/.web: $(WEB) hatch_build.py | .venv/.run
	@echo "Building the web application …"
	@$(BIN)/python hatch_build.py
	@touch $@

# The tests start a PostgreSQL server, a Spark cluster and a browser of their own.
packages:
	@command -v java >/dev/null || .ci/debian openjdk-17-jre-headless
	@compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || .ci/debian postgresql
	@command -v chromium >/dev/null || .ci/debian chromium
	@# The browser driver's Node is linked against it, and a minimal system lacks it.
	@compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || .ci/debian libatomic1
	@# LightGBM, which learns lead scores, is linked against it.
	@compgen -G '/usr/lib/*/libgomp.so.1' >/dev/null || .ci/debian libgomp1
	@compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || .ci/debian fonts-noto-cjk
