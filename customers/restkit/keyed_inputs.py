"""Parameters that are hashes by names which nobody declares, such as one for each currency."""

from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit import inputs


class HashesField(inputs.Field):
    """Hashes of declared parameters by name, such as one for each currency; a name is read like a parameter.

    Args:
        of: the class that declares the parameters.
        names: how a name is read.
        emptied_inside: what an empty text stands for in the place of one of the hashes.
    """

    def __init__(
        self,
        of: type[inputs.Input],
        *,
        names: inputs.Field,
        emptied: Any = ...,
        emptied_inside: Any = ...,
        **options: Any,
    ) -> None:
        super().__init__(emptied=emptied, **options)
        self.of, self.names = inputs.HashField(of, emptied=emptied_inside), names

    def read(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise InvalidRequest(
                f"Invalid hash: {str(value)[:60]}", param=path, code="parameter_invalid_hash"
            )
        return {
            self.names.accept(name, where): self.of.accept(inner, where)
            for name, inner in value.items()
            if (where := f"{path}[{name}]"[:200])
        }
