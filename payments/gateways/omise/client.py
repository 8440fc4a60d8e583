"""The official package's requests, with what they lack: a key of their own, time limits, and no word in the log.

The package keeps its key in the module, waits for ever and logs every answer; only its way of building requests is
used.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import omise.request
import requests
from django.views.decorators.debug import sensitive_variables

from payments.gateways import outbound
from payments.gateways.base import Access, Declined, NotSent, Refused, Unknown

OWN, OWN_VAULT = "https://api.omise.co", "https://vault.omise.co"
VERSION = "2019-05-29"
_CONFLICT, _TOO_MANY, _SERVER = 409, 429, 500
_CODES = {
    "expired_charge": "charge_expired_for_capture",
    "not_found": "resource_missing",
    "authentication_failure": "api_key_invalid",
    "used_token": "token_already_used",
}
_OF_CARDS = {"invalid_card", "invalid_card_token"}


class Client(omise.request.Request):  # type: ignore[misc]  # the package has no types
    """Requests with one key to one address.

    Args:
        key: secret for the API, public for the vault.
        base: without a slash at its end.
    """

    def __init__(self, key: str, base: str) -> None:
        super().__init__(key, f"{base}/", VERSION)

    @sensitive_variables("payload")
    def ask(
        self,
        method: str,
        *path: str,
        payload: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        reference: str = "",
    ) -> dict[str, Any]:
        """Send a request and return the answer.

        Args:
            path: segments; each is quoted.
            reference: ours, as the idempotency key.

        Raises:
            NotSent: Omise was not reached, or was too busy to look at the request.
            Unknown: it may have acted.
            Declined: it refuses the card.
            Refused: it understood, and refuses.
        """
        url = self._build_path([quote(segment, safe="") for segment in path])
        headers = self._build_headers({"Idempotency-Key": reference} if reference else {})
        try:
            answer = requests.request(
                method,
                f"{url}?{urlencode(query)}" if query else url,
                data=self._build_payload(payload) if payload is not None else None,
                headers=headers,
                auth=(self.api_key, ""),
                timeout=outbound.TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            if outbound.was_not_sent(error):
                raise NotSent("Omise was not reached.") from error
            raise Unknown("Omise did not answer.") from error
        return _read(answer)


def api_of(access: Access) -> Client:
    """Return the client of an account.

    Raises:
        Refused: its address is one that we may not connect to.
    """
    base = outbound.checked(access.credentials.get("api_base", OWN), own=OWN)
    return Client(access.credentials["secret_key"], base)


def vault_of(access: Access) -> Client | None:
    """Return the client of the account's vault; None where no public key is known.

    Raises:
        Refused: its address is one that we may not connect to.
    """
    if "public_key" not in access.credentials:
        return None
    base = outbound.checked(access.credentials.get("vault_base", OWN_VAULT), own=OWN_VAULT)
    return Client(access.credentials["public_key"], base)


def _read(answer: requests.Response) -> dict[str, Any]:
    if answer.status_code == _TOO_MANY:
        raise NotSent("Omise is too busy.")
    try:
        said = answer.json()
    except ValueError:
        raise Unknown("Omise did not give a clear answer.") from None
    is_clear = answer.status_code < _SERVER and answer.status_code != _CONFLICT
    if not is_clear or not isinstance(said, dict):
        raise Unknown("Omise did not give a clear answer.")
    if said.get("object") != "error":
        return said
    code, message = str(said.get("code", "")), str(said.get("message", ""))
    if code in _OF_CARDS:
        raise Declined(message or "Your card was declined.")
    raise Refused(message, code=_CODES.get(code, code))
