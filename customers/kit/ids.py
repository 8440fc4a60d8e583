"""Ids: a prefix that says what the object is, an underscore, and a random key.

Keys have 24 characters of lowercase base 36 (124 bits), so that one key fits Stripe's and Omise's spelling alike.
"""

import itertools
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from customers.kit import clock, sealing

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEY_LENGTH = 24
_TIME_LENGTH = 11
_LATELY = timedelta(days=1)
_NO_TIME = timedelta()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_SPACE = 36**4
_LETTER_OF_BYTE = bytes(ord(_ALPHABET[byte % 36]) for byte in range(256))
_SURPLUS_BYTES = bytes(range(36 * 7, 256))  # they would make the first four letters likelier

_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PAIR_SPACE = len(_PAIRS)

_counter = itertools.count(secrets.randbelow(_COUNTER_SPACE // 2))


def new(prefix: str) -> str:
    """Return a fresh id such as `cus_8v2k…`.

    Args:
        prefix: the object's prefix without the underscore.
    """
    return f"{prefix}_{random_key()}"


def derived(prefix: str, seed: str) -> str:
    """Return the id that belongs to a seed: the same one each time, and not to be guessed from it.

    Args:
        seed: such as the digest of an idempotency key, so that a request that runs again finds what it made.
    """
    number = int.from_bytes(sealing.digest(f"id {prefix}", seed), "big")
    return f"{prefix}_{_base36(number, _KEY_LENGTH)}"


def chosen(text: str, *, site_id: str, livemode: bool) -> str:
    """Return the key of a row whose id a merchant chose: other merchants, and the other mode, may choose the same.

    Args:
        text: the id as the merchant and the wire know it; it holds no `@`.
    """
    return f"{text}@{site_id}{'' if livemode else '.test'}"


def shown(pk: str) -> str:
    """Return a row's id as the wire knows it: the key itself, unless a merchant chose the id."""
    return pk.partition("@")[0]


def random_key() -> str:
    """Return 24 random characters of lowercase base 36."""
    return random_letters(_KEY_LENGTH)


def random_letters(count: int) -> str:
    """Return random characters of lowercase base 36, each as likely as any other.

    Args:
        count: how many; 32 at most.
    """
    letters = os.urandom(64).translate(_LETTER_OF_BYTE, _SURPLUS_BYTES)[:count]
    # Of 64 bytes one is dropped on average; that 32 are lacks all likelihood, but not all possibility.
    return letters.decode() if len(letters) == count else random_letters(count)


def new_in_order(prefix: str, *, at: datetime) -> str:
    """Return a fresh id that sorts behind those made before it: by instant, then in the order of making.

    The key has as many characters as a random one: 11 of microseconds, 4 of a counter, 9 random ones (46 bits), and is
    no secret.
    """
    time = _time(at)
    first, second = divmod(next(_counter) % _COUNTER_SPACE, _PAIR_SPACE)
    return f"{prefix}_{time}{_PAIRS[first]}{_PAIRS[second]}{random_letters(9)}"


def as_written(prefix: str, *, at: datetime) -> str:
    """Return an id as `new_in_order` does, whose instant is never far from the real one.

    Args:
        at: which counts where it was within the last day; clocks of tests show other times, and then it is now.
    """
    now = clock.now()
    return new_in_order(prefix, at=at if _NO_TIME <= now - at < _LATELY else now)


def written_at(key: str) -> datetime:
    """Return the instant with which an id made by `new_in_order` begins.

    Raises:
        ValueError: it was not.
    """
    letters = key.partition("_")[2][:_TIME_LENGTH]
    return _EPOCH + timedelta(microseconds=int(letters, 36))


def least(prefix: str, *, at: datetime) -> str:
    """Return what sorts before all ids made by `new_in_order` at an instant and later, and behind all earlier ones."""
    return f"{prefix}_{_time(at)}"


@lru_cache(maxsize=16)
def _time(at: datetime) -> str:
    return _base36(int(at.timestamp() * 1_000_000), _TIME_LENGTH)


def _base36(number: int, length: int) -> str:
    letters = [""] * length
    for position in range(length - 1, -1, -1):
        number, digit = divmod(number, 36)
        letters[position] = _ALPHABET[digit]
    return "".join(letters)
