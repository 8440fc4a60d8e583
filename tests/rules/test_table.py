"""That `table.toml` names tests for every rule of the requirements."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = tomllib.loads(Path(__file__).with_name("table.toml").read_text())
RULES = {"S": 19, "R": 18, "P": 11, "C": 28, "O": 53}  # how many there are of each kind


def test_no_number_is_missing():
    numbers = [f"{kind}{number}" for kind, count in RULES.items() for number in range(1, count + 1)]

    assert list(TABLE) == numbers


@pytest.mark.parametrize("number", TABLE)
def test_a_rule_is_covered_by_tests_that_there_are(number):
    tests = TABLE[number]["tests"]

    missing = [test for test in tests if not _is_there(*test.split("::"))]

    assert tests
    assert missing == []
    assert len(set(tests)) == len(tests)


def test_a_test_that_is_not_there_would_be_missed():
    assert not _is_there("tests/rules/test_table.py", "test_nothing")
    assert not _is_there("tests/rules/test_nothing.py", "test_nothing")


def _is_there(module, name):
    return name in _names(module)


@cache
def _names(module):
    """Return the names of a module's tests, none for a module that is not there."""
    path = ROOT / module
    tree = ast.parse(path.read_text() if path.exists() else "")
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
