"""How static files are kept: under hashed names and compressed, and only those that pages use."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


def _without_source_maps(rules: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(rule for rule in rules if "sourceMappingURL" not in str(rule))


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Keeps what pages use; that is a third of the work and of the space of keeping everything.

    Source maps are for the authors of the libraries; ReDoc comes along with Swagger UI, which we
    show instead.
    """

    unused = ("*.map", "redoc")
    keep_only_hashed_files = True
    patterns = tuple(
        (names, _without_source_maps(rules))
        for names, rules in CompressedManifestStaticFilesStorage.patterns
    )
