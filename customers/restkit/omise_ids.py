"""Ids in Omise's spelling: the same random key behind another prefix, with `test` between them in test mode.

`cus_8v2k…` is `cust_test_8v2k…` there, and `cust_8v2k…` in live mode (rules O12 and C23).

Source: https://docs.omise.co/api-introduction
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SPELLINGS = {
    "acct": "account",
    "ba": "src",
    "card": "card",
    "ch": "chrg",
    "cus": "cust",
    "dlv": "whdl",
    "dp": "dspt",
    "evt": "evnt",
    "link": "link",
    "occu": "occu",
    "pm": "card",
    "re": "rfnd",
    "schd": "schd",
    "src": "src",
    "tok": "tokn",
    "txn": "trxn",
}
"""Omise's prefix by ours; a payment method and a source's card are both a card there."""

_OURS: dict[str, tuple[str, ...]] = {}
for _ours, _theirs in SPELLINGS.items():
    _OURS[_theirs] = (*_OURS.get(_theirs, ()), _ours)
_ID = re.compile(r"([a-z]+)_(?:test_)?(.+)", re.DOTALL)
_PREFIXES = "|".join(SPELLINGS)
_OURS_IN_TEXT = re.compile(
    rf"\b(?:{_PREFIXES})_[0-9A-Za-z]{{14,}}|(?<=')(?:{_PREFIXES})_[0-9A-Za-z]+(?=')"
)

_mount: ContextVar[str] = ContextVar("omise_mount", default="")


def spelled(pk: str, livemode: bool) -> str:  # noqa: FBT001 -- a column's value
    """Return an id of ours as Omise spells it."""
    prefix, _, key = pk.partition("_")
    return f"{SPELLINGS[prefix]}_{'' if livemode else 'test_'}{key}"


def spelled_as_source(pk: str, livemode: bool) -> str:  # noqa: FBT001 -- a column's value
    """Return the id of a bank account, whichever way it came in, as that of a source."""
    return spelled(f"src_{pk.partition('_')[2]}", livemode)


def candidates(text: str) -> list[str]:
    """Return the ids of ours that a text may stand for, in Omise's spelling or in ours; the text itself where none."""
    match = _ID.fullmatch(text)
    if match is None:
        return [text]
    prefix, key = match.groups()
    ours = _OURS.get(prefix, (prefix,) if prefix in SPELLINGS else ())
    return [f"{mine}_{key}" for mine in ours] or [text]


def canonical(text: str) -> str:
    """Return the id of ours that a text stands for; `card_…` may be that of a payment method, as services know."""
    return candidates(text)[0]


def respelled(text: str, livemode: bool) -> str:  # noqa: FBT001 -- a column's value
    """Return a text for people with the ids of ours in it as Omise spells them."""
    return _OURS_IN_TEXT.sub(lambda match: spelled(match.group(), livemode), text)


@contextmanager
def mounted_at(prefix: str) -> Iterator[None]:
    """Let locations begin with the mount that the request came through (fact F2)."""
    token = _mount.set(prefix)
    try:
        yield
    finally:
        _mount.reset(token)


def located(path: str) -> str:
    """Return a path as the caller of this request reaches it."""
    return _mount.get() + path
