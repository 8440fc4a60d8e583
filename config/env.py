"""Typed reads of the environment; a value NAME may also lie in the file that NAME_FILE names."""

import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()


def data_dir() -> Path:
    """Return the folder in which this installation keeps its data: DATA_DIR, or `var` beside the code."""
    return Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).expanduser().resolve()


def secret(name: str, *, keep_in: Path | None) -> str:
    """Return a secret from the environment or, for a self-contained installation, from its data folder.

    Args:
        keep_in: the folder in which a missing secret is made once and kept (mode 0600);
            None where the operator has to supply it.

    Raises:
        ImproperlyConfigured: the secret is missing and there is no folder to keep one in.
    """
    value: str = env.str(name, default="")
    if value:
        return value
    if keep_in is None:
        message = f"Set {name}, or {name}_FILE to a file that holds it (at least 32 random bytes, as text)."
        raise ImproperlyConfigured(message)
    return _kept(keep_in / name.lower())


def _kept(path: Path) -> str:
    """Read the secret at `path`; the first process to ask makes it."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)  # link, unlike rename, refuses to replace what a twin has made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
