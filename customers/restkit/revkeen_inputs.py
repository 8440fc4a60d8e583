"""Parameters of the RevKeen dialect: in either casing, since its libraries send both (rule R6)."""

import re
from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.kit.whole import Merged
from customers.restkit.inputs import Input
from customers.restkit.omise_inputs import OmiseMetadataField

_LONGEST_KEY = 255
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


class CasedInput(Input):
    """Parameters that may be sent as `postal_code` and as `postalCode`; a refusal names them as answers do."""

    @classmethod
    def from_params(cls, params: Any, path: str = "") -> dict[str, Any]:
        """Return what was sent, by the declared sources.

        Raises:
            InvalidRequest: as for any input; or a parameter is there in both casings.
        """
        if not isinstance(params, Mapping):
            return super().from_params(params, path)
        named: dict[str, Any] = {}
        for name, value in params.items():
            declared = cls._declared_name(name)
            if declared in named:
                where = f"{path}[{declared}]" if path else declared
                raise InvalidRequest(f"The parameter '{where}' is there twice.", param=where)
            named[declared] = value
        return super().from_params(named, path)

    @classmethod
    def _declared_name(cls, name: str) -> str:
        snake = _HUMP.sub(lambda match: f"_{match[1].lower()}", name)
        return snake if snake in cls._declared_fields else name


class MergedMetadataField(OmiseMetadataField):
    """Any JSON object, which is merged into what there was; null takes a key away (rule C6)."""

    def read(self, value: Any, path: str) -> Any:
        read = super().read(value, path)
        for key in read:
            if not key or len(key) > _LONGEST_KEY:
                raise InvalidRequest(
                    f"Metadata keys have 1 to {_LONGEST_KEY} characters.", param=path
                )
        return Merged(read)
