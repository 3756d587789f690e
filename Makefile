# `make help` lists the targets. Every one makes .venv from the pinned requirements first.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin
CORES ?= all
LISTENS ?= my_listens.csv
# recipes read it from there: a name may have a quote in it
export LISTENS
# the name goes to Snakemake as YAML in quotes, and between spaces, since it takes quotes from the ends
OWN = --configfile config/own.yaml --config listens="$$($(BIN)/python -c 'import json, os; print("", json.dumps(os.environ["LISTENS"]), "")')"
OF_OWN := $(filter command environment,$(firstword $(origin LISTENS)))
RUN = PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores $(CORES)

.PHONY: help table1 page cv_summary leaderboard recommendations report own demo test test_cluster test_conda quick lint pins config_tables ui serve server bench bench_table1 bench_users scale
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z0-9_]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

table1: .venv/installed ## results/table1.csv from the raw HetRec files
	@$(BIN)/python workflow/unlock.py
	@$(RUN) results/table1.csv results/table1.md

page: .venv/installed ## results/recommend.html: a page that recommends artists to you; LISTENS=friends/ from your own data
	@$(BIN)/python workflow/unlock.py
	@$(RUN) $(if $(OF_OWN),$(OWN) -- results/own/recommend.html,results/recommend.html)

cv_summary: .venv/installed ## results/cv_summary.csv: regions and artists of LastFM Asia's users, five folds
	@$(BIN)/python workflow/unlock.py
	@$(RUN) results/cv_summary.csv results/cv_summary.md

leaderboard: .venv/installed ## results/leaderboard.csv: models of every kind on the same splits, with statistical tests
	@$(BIN)/python workflow/unlock.py
	@$(RUN) results/leaderboard.csv results/leaderboard.md results/winners.md

recommendations: .venv/installed ## results/recommendations/: artists and friends for every user, by the models that are best on validation
	@$(BIN)/python workflow/unlock.py
	@$(RUN) recommendations

report: .venv/installed ## everything, and results/report.html: one file with all tables and figures
	@$(BIN)/python workflow/unlock.py
	@$(RUN)
	@$(RUN) --report results/.report.html
	@$(BIN)/python workflow/open_pages.py results/.report.html results/report.html
	@echo "results/report.html is made; look: open it in a browser; make ui shows its runs"

own: .venv/installed ## Table 1 from your own listens, a CSV or a folder of histories: make own LISTENS=friends/
	@$(BIN)/python workflow/unlock.py
	@$(RUN) $(OWN) -- results/own/table1.csv

demo: .venv/installed ## the same pipeline on generated data, without internet: results/demo/report.html
	@$(BIN)/python workflow/unlock.py
	@$(RUN) --configfile config/demo.yaml
	@$(RUN) --configfile config/demo.yaml --report results/demo/.report.html
	@$(BIN)/python workflow/open_pages.py results/demo/.report.html results/demo/report.html
	@echo "results/demo/report.html is made; look: open it in a browser; make ui shows its runs"

ui: .venv/installed ## the MLflow UI with the newest runs (also a demo's or your own listens'), on http://127.0.0.1:5000
	@$(BIN)/python workflow/open_ui.py

serve: .venv/installed ## recommendations and predicted likings for other programs, on http://127.0.0.1:5001
	@$(BIN)/python workflow/serve_champion.py

server: .venv/installed ## an MLflow server with PostgreSQL, for many people at once, on http://127.0.0.1:5000
	@$(BIN)/python workflow/serve_mlflow.py

# one thread: two processes of tests run at once
test: .venv/installed_dev ## every test and linter
	PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=1 pytest

quick: .venv/installed_dev ## the tests that take a minute
	PATH="$(CURDIR)/$(BIN):$$PATH" pytest tests/core tests/data tests/metrics tests/audit tests/liking tests/ranking tests/friends

test_cluster: .venv/installed_dev .venv/installed_slurm ## the tests on a real Slurm, started on this machine: docs/cluster.md
	PATH="$(CURDIR)/$(BIN):$$PATH" pytest --numprocesses=0 -m cluster $(if $(ONLY),-k $(ONLY)) tests/cluster

test_conda: .venv/installed_dev .venv/installed_slurm ## the tests of the conda environments (envs/), on this machine and on that Slurm
	PATH="$(CURDIR)/$(BIN):$$PATH" pytest --numprocesses=0 -m conda tests/cluster

lint: .venv/installed_dev ## only the linters
	PATH="$(CURDIR)/$(BIN):$$PATH" pytest tests/workflow/test_style.py

BENCH_SPLITS := liking ranking friends_hetrec friends_asia
bench: .venv/installed ## times of our code and of DGL, PyTorch Geometric and implicit; profiles of fits (half an hour, one core)
	@$(BIN)/pip install --quiet --constraint constraints.txt --requirement requirements-bench.txt
	@$(RUN) results/graphs/liking/strict_0/graph.npz $(BENCH_SPLITS:%=results/splits/%/strict_5/train.parquet)
	@OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python workflow/benchmark_rivals.py
	@OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python workflow/profile_fits.py

bench_table1: .venv/installed ## the time of all jobs of Table 1 on two cores, then of a run of each network on one
	@$(BIN)/python workflow/unlock.py
	@$(BIN)/python workflow/benchmark.py --whole

bench_users: .venv/installed ## the time of one fold of every model of LastFM Asia at full size, on made-up lists
	@$(BIN)/python workflow/unlock.py
	@$(BIN)/python workflow/benchmark_users.py

scale: .venv/installed ## the times of the stages that grow with the number of listens, on made-up data of three sizes
	@$(BIN)/python workflow/benchmark_scale.py

config_tables: .venv/installed ## write the tables of config/README.md from the schema
	@$(BIN)/python workflow/describe_config.py
	@echo "config/README.md is made; look: git diff config/README.md"

pins: .venv/installed_dev ## choose the pinned versions again: constraints.txt and envs/
	@$(BIN)/python workflow/pin.py
	@echo "constraints.txt and envs/ are made; look: git diff constraints.txt envs"

# The stamps are written last, so that an interrupted installation is taken up again.
.venv/installed: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v == (3, 11) or sys.exit("Python 3.11 is needed (DGL has no wheel for another), but $(PYTHON) is %d.%d: install it and call make PYTHON=/path/to/python3.11" % v)'
	@echo "installing into .venv, about 2 GB: some minutes, and pip is silent while it unpacks the largest packages"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --requirement requirements.txt --constraint constraints.txt
	@$(BIN)/python -m pip install --no-deps --editable .
	@touch $@

.venv/installed_dev: .venv/installed requirements-dev.txt requirements-kubernetes.txt
	@$(BIN)/python -m pip install --requirement requirements-dev.txt --constraint constraints.txt
# apart, for the test that uses it: Snakemake imports every plugin that it finds whenever it starts
	@$(BIN)/python -m pip install --upgrade --target .venv/kubernetes --requirement requirements-kubernetes.txt --constraint constraints.txt
	@touch $@

.venv/installed_slurm: .venv/installed requirements-slurm.txt
	@$(BIN)/python -m pip install --requirement requirements-slurm.txt --constraint constraints.txt
	@touch $@
