"""A small disk in memory, to be filled up: root mounts it, anybody else gets a namespace of mounts to do so in."""

import os
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

_SIZE = "320m"  # a new database takes about a third
_MANY, _BLOCK = 2**20, 2**12  # bytes
# The user is root in an outer namespace, who may mount, and nobody special in an inner one, as PostgreSQL wants it.
_MOUNTED = (
    'mount -t tmpfs -o size="$1",mode=755 keeptab "$2" && cp -dR --preserve=mode,timestamps "$3" "$2/data" && shift 3 '
    '&& exec unshare --user --map-user="$KEEPTAB_UID" --map-group="$KEEPTAB_GID" "$@"'
)


@contextmanager
def small_disk(folder, *, holding):
    """Have a disk in a folder, with a copy of other data; yield what to put before commands that are to see it."""
    folder.mkdir()
    if os.geteuid() != 0:
        os.environ |= {"KEEPTAB_UID": str(os.getuid()), "KEEPTAB_GID": str(os.getgid())}
        first = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", _MOUNTED, "sh"]
        yield [*first, _SIZE, str(folder), str(holding)]
        return
    options = ["-o", f"size={_SIZE},mode=755"]
    subprocess.run(["mount", "-t", "tmpfs", *options, "keeptab", folder], check=True)
    try:
        subprocess.run(["cp", "-a", holding, folder / "data"], check=True)
        yield []
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def seen_by(pid, folder):
    """Return the folder as a process sees it."""
    return folder if os.geteuid() == 0 else Path(f"/proc/{pid}/root{folder}")


def fill(folder):
    """Leave no room at all; return the file that takes it."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (
            _MANY,
            _BLOCK,
        ):  # others write meanwhile, so that nobody knows how much there is
            with suppress(OSError):
                while True:
                    file.write(b"." * size)
    return ballast
