"""What can go wrong with our own database server."""

from django.db.utils import OperationalError


class ClusterError(OperationalError):
    """The server cannot be had; the message is one sentence that says why, and what to do."""


def unwritable(error: OSError) -> ClusterError:
    """Return the sentence for a folder that refuses us or a disk that is full."""
    place = f" {error.filename}" if error.filename else ""
    return ClusterError(
        f"The database cannot use{place}: {(error.strerror or str(error)).lower()}. "
        "Make room or give access, choose another folder with DATA_DIR, or set DATABASE_URL."
    )
