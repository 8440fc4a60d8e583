"""The second factor of an operator: an authenticator app, and codes for the day on which it is lost.

The library keeps both in the clear. These are its own tables under another reading: the app's key is sealed, and a
recovery code is kept as a keyed digest, of which 96 bits fit into the library's column.
"""

import base64
import os

from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from customers.kit import sealing

_KEY_BYTES = 20  # as RFC 4226 recommends for HMAC-SHA1


class Authenticator(TOTPDevice):  # type: ignore[misc]  # the library has no types
    """An app that shows a code of six digits every half minute.

    Source: https://www.rfc-editor.org/rfc/rfc6238
    """

    class Meta:
        proxy = True

    @staticmethod
    def new_key() -> str:
        """Return a fresh key as it is stored: sealed, in base 64, which just fits."""
        return base64.b64encode(sealing.seal(os.urandom(_KEY_BYTES))).decode()

    @property
    def bin_key(self) -> bytes:
        """The key itself; the library reads it here."""
        return sealing.unseal(base64.b64decode(self.key))

    @property
    def spelled_key(self) -> str:
        """The key as people type it: base 32, in groups of four."""
        text = base64.b32encode(self.bin_key).decode().rstrip("=")
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


class RecoveryCodes(StaticDevice):  # type: ignore[misc]  # as above
    """Codes that work once each, instead of the app."""

    class Meta:
        proxy = True

    @staticmethod
    def digest(code: str) -> str:
        """Return what is stored of a code; however it was typed, with or without spaces and hyphens."""
        letters = "".join(letter for letter in code.lower() if letter.isalnum())
        return base64.b64encode(sealing.digest("recovery code", letters)[:12]).decode()

    def verify_token(self, token: str) -> bool:
        """Tell whether a code is right, and use it up."""
        return bool(super().verify_token(self.digest(token)))
