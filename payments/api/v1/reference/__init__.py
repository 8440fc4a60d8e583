"""The words, examples and samples of the API reference for payments, put beside those of customers."""

from typing import Any

from customers.api.v1 import reference as theirs
from payments.api.v1.reference import examples, samples, texts


def add(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Put the tables of payments beside those of customers, before the document is described; return it as it is."""
    theirs.texts.TAGS.update(texts.TAGS)
    theirs.texts.MEMBERS.update(texts.MEMBERS)
    theirs.texts.MEMBERS_OF.update(texts.MEMBERS_OF)
    theirs.texts.PARAMETERS.update(texts.PARAMETERS)
    theirs.texts.OPERATIONS.update(texts.OPERATIONS)
    theirs.examples.OBJECTS.update(examples.PAYMENTS)
    theirs.examples.BODIES.update(examples.BODIES)
    theirs.examples.QUERIES.update(examples.QUERIES)
    theirs.examples.PATHS.update(examples.PATHS)
    theirs.METHODS.update(samples.METHODS)
    return result
