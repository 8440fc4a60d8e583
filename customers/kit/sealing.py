"""What must not be read from a stolen database: sealed values, and keyed digests of secrets.

Sealing is AES-256-GCM. A sealed value begins with four bytes that name its key, so that SEALING_KEYS can be rotated:
the first of them seals, every one of them opens. Digests are HMAC-SHA256 under HASHING_KEY: right for secrets of high
entropy, which need no slow hash.
"""

import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_KEY_ID, _NONCE = 4, 12  # bytes


class CannotUnseal(Exception):
    """No key of the ring made this value, or it was altered."""


def seal(value: bytes) -> bytes:
    """Encrypt a value with the current key."""
    (key_id, cipher), *_ = _ring().items()
    nonce = os.urandom(_NONCE)
    return key_id + nonce + cipher.encrypt(nonce, value, key_id)


def unseal(sealed: bytes) -> bytes:
    """Decrypt what `seal` made, under any key of the ring.

    Raises:
        CannotUnseal: no key of the ring made it, or it was altered.
    """
    key_id, nonce, rest = (
        sealed[:_KEY_ID],
        sealed[_KEY_ID : _KEY_ID + _NONCE],
        sealed[_KEY_ID + _NONCE :],
    )
    try:
        return _ring()[key_id].decrypt(nonce, rest, key_id)
    except (KeyError, InvalidTag, ValueError) as error:
        raise CannotUnseal from error


def digest(purpose: str, value: str) -> bytes:
    """Return the 32-byte keyed digest of a secret; the same value gives another digest for another purpose."""
    return hmac.digest(
        _hashing_key(), f"{purpose}\0{value}".encode("utf-8", "surrogatepass"), "sha256"
    )


@cache
def _ring() -> dict[bytes, AESGCM]:
    keys = [hashlib.sha256(key.encode()).digest() for key in settings.SEALING_KEYS]
    return {hashlib.sha256(key).digest()[:_KEY_ID]: AESGCM(key) for key in keys}


@cache
def _hashing_key() -> bytes:
    return hashlib.sha256(settings.HASHING_KEY.encode()).digest()
