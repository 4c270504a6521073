"""The layers of the house hold, and the linter that says so sees a planted breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings


PACKAGES = ["stopcovid", "orders", "catalog", "suppliers", "buyers", "journal", "accounts", "core"]
BREACHES = {
    "Apps are stacked": ("catalog/stock.py", "import orders.models  # noqa"),
    "Inside an app: edges > forms > domain": ("catalog/stock.py", "import catalog.views  # noqa"),
    "The domain knows neither HTTP nor Celery": ("catalog/stock.py", "import celery  # noqa"),
    "The allocation engine knows no Django": (
        "orders/allocation/solving.py",
        "import django.db  # noqa",
    ),
}


@pytest.fixture
def copy(tmp_path):
    root = Path(settings.BASE_DIR)
    for package in PACKAGES:
        only_code = shutil.ignore_patterns("__pycache__", "*.csv", "*.md")
        shutil.copytree(root / package, tmp_path / package, ignore=only_code)
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder):
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("contract", BREACHES)
def test_contract_breaks_on_a_planted_import(copy, contract):
    name, line = BREACHES[contract]
    path = copy / name
    path.write_text(f"{path.read_text()}\n{line}\n")
    code, output = lint(copy)
    assert code == 1
    assert f"{contract} BROKEN" in output


def test_contracts_hold(copy):
    code, output = lint(copy)
    assert code == 0, output
