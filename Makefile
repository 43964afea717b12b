# Two commands do everything: `make demo` and `make test`. Each first creates the project's own
# virtual environment in .venv; a second run finds it there and installs nothing. While working,
# `make check` says within a minute whether something is wrong.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check sample lint bench notebooks docs clean

demo: .venv/installed
	$(BIN)/python -m nn.demo $(ARGS)

test: .venv/installed
	$(BIN)/python -m pytest $(ARGS)

check: .venv/installed
	$(MAKE) --jobs=2 lint sample

sample: .venv/installed
	$(BIN)/python -m pytest --numprocesses=0 --sample=5

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tests/unused.py
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: .venv/installed
	$(BIN)/python -m benchmarks $(ARGS)

notebooks: .venv/installed
	$(BIN)/python notebooks/build.py

docs: .venv/installed
	$(BIN)/python -m autograd_core.derivatives --markdown > autograd_core/derivatives/README.md
	$(BIN)/python tests/floors.py

clean:
	rm -rf .venv demo-output

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
