"""The words, examples and samples of the API reference for the portal, put beside those of billing and the others."""

from types import ModuleType
from typing import Any

from customers.api.v1 import reference as theirs
from portal.api.v1.reference import billing_portal, checkouts

_PARTS: tuple[ModuleType, ...] = (billing_portal, checkouts)


def add(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Put the tables of the portal beside the others, before the document is described; return it as it is."""
    for part in _PARTS:
        for name in ("TAGS", "MEMBERS", "MEMBERS_OF", "PARAMETERS", "OPERATIONS"):
            getattr(theirs.texts, name).update(getattr(part, name))
        for name in ("OBJECTS", "BODIES", "QUERIES", "PATHS"):
            getattr(theirs.examples, name).update(getattr(part, name))
        theirs.METHODS.update(part.METHODS)
    return result
