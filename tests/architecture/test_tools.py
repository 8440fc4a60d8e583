"""What one tool leaves to another is not left out there as well."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
# Ruff has no twin of these: imports of subprocess, of which it judges each call; a second name of S308; and texts
# beside words such as "token", which bandit takes for passwords.
_OF_BANDIT_ALONE = {"B404", "B703", "B105"}
_SILENCED = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d+\b(?P<reason>.*)")


def _ours():
    for folder in ("config", "customers", "payments", "portal"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_what_bandit_skips_is_found_by_ruff():
    left = set(TOOLS["bandit"]["skips"]) - _OF_BANDIT_ALONE
    lint = TOOLS["ruff"]["lint"]

    assert lint["select"] == ["ALL"]
    assert [
        code for code in left if f"S{code[1:]}" in lint["ignore"] or "S" in lint["ignore"]
    ] == []


def test_what_is_let_through_for_its_safety_has_a_reason_in_its_line():
    silenced = [
        (f"{path.relative_to(ROOT)}:{number}", found["reason"])
        for path in _ours()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (found := _SILENCED.search(line))
    ]

    assert silenced
    assert [
        place for place, reason in silenced if not re.match(r"(?:, [A-Z]+\d+)* -- \S", reason)
    ] == []
