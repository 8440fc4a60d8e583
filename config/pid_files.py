"""Where the ids of our processes are: `run/<name>.pid` in the data folder, there as long as the process is."""

import os
from contextlib import suppress
from pathlib import Path


def write(path: Path, pid: int) -> None:
    """Write a process id to a file that is whole whenever it is read, and belongs to the owner of its folder."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(f"{pid}\n", encoding="ascii")
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(draft, folder.st_uid, folder.st_gid)
    draft.replace(path)


def remove(path: Path, pid: int) -> None:
    """Remove the file of a process that ended, unless another one has taken its place."""
    with suppress(OSError):
        if path.read_text(encoding="ascii").strip() == str(pid):
            path.unlink()


def link(path: Path, target: Path) -> None:
    """Let a name stand for the file that another program keeps its process id in."""
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(target, path.parent))
