# make run [PHOTOS=~/Pictures] is all that a new installation needs; `make` alone lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
LOCK ?= requirements.lock
PY := .venv/bin/python
BUILD := .build
FRONTEND := frontend/dist/kith.js

# As typed: neither make nor the shell looks for $$ and quotes in a folder's name.
export KITH_PHOTOS := $(value PHOTOS)

# What bench-quality measures, and the rules of other applications (PEERS= leaves them out).
MATRICES ?= ../shared/embeddings
PEERS ?= ../shared/peers
export BENCH_MATRICES := $(value MATRICES)
export BENCH_PEERS := $(value PEERS)

# Where a backup goes, and where it comes from.
export BACKUP_TO := $(value TO)
export BACKUP_FROM := $(value FROM)

.PHONY: client help run backup restore move-out test test-all test-faults test-sync check audit bench-scan bench-memory bench-detection bench-verification \
	bench-likelihood bench-naming bench-people bench-search bench-video bench-quality bench-train \
	bench-dashboard bench-jobs bench-load bench-scale bench-workers fit-metrics screenshots build clean

help:
	@echo "make run [PHOTOS=~/Pictures]  install, build, start Kith and scan the photos"
	@echo "make workers                  a further host that only works: DATABASE_URL, REDIS_URL and"
	@echo "                              KITH_SECRET_KEY of the first one (docs/operations.md)"
	@echo "make backup TO=folder         all that Kith knows in a new folder, also while it runs"
	@echo "make restore FROM=folder      a backup into an empty KITH_HOME"
	@echo "make move-out                 KITH_HOME to the servers of DATABASE_URL, KITH_STORAGE, REDIS_URL"
	@echo "make test                     all tests but the slow ones"
	@echo "make test-all                 all tests"
	@echo "make doors                    who gets in at every address, as a table"
	@echo "make test-faults              scans that are disturbed in every way, and what became of them"
	@echo "make test-sync [SECONDS=60]   four who write and three who copy, all at once: a table"
	@echo "make check                    format, lint, types, layers, migrations"
	@echo "make audit                    known holes in the packages that are locked"
	@echo "make bench-scan PHOTOS=…      photos per second, beside a plain face_recognition loop"
	@echo "                              (ENGINES=\"…\" WEIGHTS=folder MEGAPIXELS=12)"
	@echo "make bench-memory PHOTO=…     a worker's memory for it at 12, 50 and 100 megapixels"
	@echo "make bench-detection PHOTOS=… faces found and false ones, beside those that people marked"
	@echo "                              (album/faces.csv, boxes/boxes.csv; ENGINES WEIGHTS MOST=20)"
	@echo "make bench-likelihood PHOTOS=…  WEIGHTS=…: false detections removed with 1 % of faces"
	@echo "make bench-verification PHOTOS=…  pairs of photos told to show one person or two"
	@echo "                              (pairs.csv; ENGINES=\"…\" WEIGHTS=folder)"
	@echo "make bench-naming PHOTOS=…    people named from 3 labels each, and clusters"
	@echo "                              (faces.csv, or a folder a person; ENGINES WEIGHTS)"
	@echo "make bench-video PHOTOS=…     people found who are in videos for two seconds (clips/)"
	@echo "                              (ENGINES=\"…\" WEIGHTS=folder)"
	@echo "make bench-people             how quickly the pages of people answer: 5,000 people, one of"
	@echo "                              them with 50,000 faces"
	@echo "make bench-quality            clusters and guesses beside other applications' rules"
	@echo "                              (MATRICES=… PEERS=… name other folders than ../shared's)"
	@echo "make bench-train [FACES=…]    seconds and memory of Train's mathematics"
	@echo "make bench-dashboard [PHOTOS=…]  the face dashboard with 100,000 faces, in Chromium"
	@echo "make bench-jobs               what the job system costs a photo, and a worker's memory"
	@echo "make bench-workers PHOTOS=…   1, 2 and 4 workers on two hosts, and one of them cut off"
	@echo "                              (ENGINE=name WEIGHTS=folder)"
	@echo "make bench-search [FACES=…]   photos found by the people in them, among a million faces"
	@echo "make bench-load [FACES=…]     CLIENTS=32 at once: lists of faces, people, labels, among ten"
	@echo "                              thousand faces and among a million"
	@echo "make bench-scale [FACES=…]    pages, labelling and more with a million faces beside a tenth"
	@echo "                              (PEOPLE= PHOTOS_COUNT= MATRICES= KEEP=folder ONLY=\"pages label\")"
	@echo "make fit-metrics MATRICES=…   fit the metrics that ship to labelled matrices"
	@echo "make screenshots              the documents' pictures anew"
	@echo "make client                   the types of the pages' client anew, after the API has changed"
	@echo "make clean                    remove what was installed and built; your data stays"

run: build
	@exec $(PY) -m project.run -- "$$KITH_PHOTOS"

.PHONY: workers
workers: build
	@exec $(PY) -m project.run.workers

backup: build
	@$(PY) manage.py backup -- "$$BACKUP_TO"

restore: build
	@$(PY) manage.py restore -- "$$BACKUP_FROM"

move-out: build
	@$(PY) manage.py move_out

# In the order of pytest-django, rows before browsers: a process that has a browser has no rows.
test: build
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-all: build
	$(PY) -m pytest -m ""

# Who gets in at every address of pages and API, as a table.
.PHONY: doors
doors: build
	$(PY) -m pytest -q -s -p no:logging tests/project/test_roles.py

# FAULT_PHOTOS: how many photos are scanned for each fault.
test-faults: export FAULT_PHOTOS ?= 40
test-faults: build
	$(PY) -m pytest -m "" -q tests/faults

# SECONDS: how long they write.
test-sync: export SYNC_SECONDS = $(or $(SECONDS),60)
test-sync: build
	$(PY) -m pytest -q -s tests/project/changes/test_sync.py

# A key of its own keeps the checks away from the data folder.
check: export KITH_SECRET_KEY := check
check: build
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) manage.py check
	KITH_HTTPS=true KITH_SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))') \
		$(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PY) manage.py api_client --check
	cd frontend && npm run --silent check
	cd frontend && npx --no-install dclint --config ../docker/.dclintrc.json ../docker/compose.yaml

audit: build
	@$(PY) .ci/audit.py

bench-scan: build
	@$(PY) -m benchmarks.scan "$$KITH_PHOTOS" $(if $(ENGINES),--engines $(ENGINES)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(MEGAPIXELS),--megapixels $(MEGAPIXELS))

bench-jobs: build
	@$(PY) -m benchmarks.jobs

bench-workers: build
	@$(PY) -m benchmarks.workers "$$KITH_PHOTOS" $(if $(ENGINE),--engine $(ENGINE)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)")

bench-memory: build
	@$(PY) -m benchmarks.memory "$(PHOTO)" $(if $(ENGINES),--engines $(ENGINES)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)")

bench-detection: build
	@$(PY) -m benchmarks.detection "$$KITH_PHOTOS" $(if $(ENGINES),--engines $(ENGINES)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(MOST),--most $(MOST))

bench-likelihood: build
	@$(PY) -m benchmarks.likelihood "$$KITH_PHOTOS" --models "$(WEIGHTS)"

bench-verification: build
	@$(PY) -m benchmarks.verification "$$KITH_PHOTOS" $(if $(ENGINES),--engines $(ENGINES)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)")

bench-naming: build
	@$(PY) -m benchmarks.naming "$$KITH_PHOTOS" $(if $(ENGINES),--engines $(ENGINES)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)")

bench-video: build
	@$(PY) -m benchmarks.video "$$KITH_PHOTOS" $(if $(ENGINES),--engines $(ENGINES)) \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)")

bench-people: build
	@$(PY) -m benchmarks.people

bench-quality: build
	@$(PY) -m benchmarks.quality "$$BENCH_MATRICES" $${BENCH_PEERS:+--peers "$$BENCH_PEERS"}

bench-train: build
	@$(PY) -m benchmarks.training $(FACES)

bench-dashboard: build
	@$(PY) -m benchmarks.dashboard $(if $(FACES),--faces $(FACES)) "$$KITH_PHOTOS"

bench-load: build
	@$(PY) -m benchmarks.load $(FACES) $(if $(CLIENTS),--clients $(CLIENTS))

bench-search: build
	@$(PY) -m benchmarks.search $(FACES)

# KEEP: where the installations stay, to be used again. ONLY: what is measured.
bench-scale: build
	@$(PY) -m benchmarks.scale $(FACES) $(if $(PEOPLE),--people $(PEOPLE)) \
		$(if $(PHOTOS_COUNT),--photos $(PHOTOS_COUNT)) --matrices "$$BENCH_MATRICES" \
		$(if $(KEEP),--keep "$(KEEP)") $(if $(ONLY),--only $(ONLY))

fit-metrics: build
	@$(PY) -m benchmarks.fitting "$$BENCH_MATRICES"

screenshots: build
	$(PY) -m docs.screenshots

client: .venv/requirements.done frontend/generator/node_modules/.install.done
	$(PY) manage.py api_client

build: $(BUILD)/static.done

clean:
	rm -rf .venv $(BUILD) frontend/node_modules frontend/dist

# Each stamp is touched last, so that what was interrupted is done again.

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Kith needs Python 3.11 or newer: install it, or name it with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "Kith needs Python's venv module (on Debian: apt-get install python3-venv)"; exit 1; }

.venv/requirements.done: $(LOCK) | $(PY)
	@# A venv that was cut off in the making, or whose Python has gone, is made again.
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Installing Python packages (about a minute) ..."
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
		--no-compile -r $(LOCK)
	@touch $@

frontend/node_modules/.install.done: frontend/package.json frontend/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || a == 22 && b >= 12 || a == 20 && b >= 19 ? 0 : 1)' 2>/dev/null || \
		{ echo "Kith needs Node 20.19 or 22.12 or newer, with npm: https://nodejs.org/"; exit 1; }
	@echo "Building the pages ..."
	@cd frontend && npm ci --no-audit --no-fund --silent
	@touch $@

frontend/generator/node_modules/.install.done: frontend/generator/package-lock.json
	@cd frontend/generator && npm ci --no-audit --no-fund --silent
	@touch $@

$(FRONTEND): frontend/node_modules/.install.done frontend/vite.config.ts frontend/tsconfig.json \
		$(shell find frontend/src -type f)
	@cd frontend && npm run --silent build -- --logLevel warn
	@touch $@

$(BUILD)/static.done: .venv/requirements.done $(FRONTEND) project/settings.py
	@mkdir -p $(BUILD)
	@KITH_SECRET_KEY=build $(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@
