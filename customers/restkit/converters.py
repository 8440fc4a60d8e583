"""What the gaps in the APIs' paths take; importing this registers them."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from customers.restkit import omise_ids


class IdConverter(StringConverter):
    """An id of ours, or one that was imported, in any dialect's spelling (rule C23)."""

    regex = r"[A-Za-z0-9_\-]{1,64}"

    def to_python(self, value: str) -> str:
        return omise_ids.canonical(value)


class KeyConverter(StringConverter):
    """A metadata key."""

    regex = r"[^/\x00\[\]]{1,40}"


register_converter(IdConverter, "id")
register_converter(KeyConverter, "metadata_key")
