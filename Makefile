# Each target does its own set-up; `make run` is all a newcomer needs.
PY := .venv/bin/python
RUNTIME := $(PY) -m stopcovid.runtime

.PHONY: run dev stop reset-demo test check bench-allocation bench-catalog messages lock installed

run:           ## the site with demo data on http://localhost:8000/ (PORT=8001 make run for another port)
	@./quickstart

dev:           ## the same with a reloading web server and Django's error pages
	@./quickstart --dev

stop:          ## end the site that runs in another terminal
	@./quickstart --install-only && $(RUNTIME) stop

reset-demo:    ## delete this machine's data; the next run starts afresh
	@./quickstart --install-only && $(RUNTIME) reset

installed:
	@./quickstart --lock requirements.dev.lock --install-only

test: installed ## all tests, with PostgreSQL, Valkey and a browser
	@$(PY) -m stopcovid.runtime.checks test

check: installed ## linters, types, layers, migrations, translations, API schema, deployment
	@$(PY) -m stopcovid.runtime.checks check

bench-allocation: installed ## speed, memory, quality of the allocation engine (SIZES=S,M; INSTANCES=DIR,DIR)
	@$(PY) -m benchmarks.allocation

bench-catalog: installed ## speed of the catalogue with up to 1,000,000 offers (SIZES=S,M)
	@$(PY) -m benchmarks.catalog

messages: installed ## collect the texts to translate into locale/
	@$(RUNTIME) with-servers -- $(PY) manage.py check_messages --update

COMPILE := uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml
lock:          ## pin the newest versions that pyproject.toml allows (needs uv)
	$(COMPILE) --upgrade -o requirements.prod.lock
	$(COMPILE) --upgrade --constraints requirements.prod.lock --group embedded -o requirements.lock
	$(COMPILE) --upgrade --constraints requirements.lock --group embedded --group test --group check -o requirements.dev.lock
