"""The operating system's user that the server runs as; PostgreSQL refuses to be root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from config.database.errors import ClusterError


class Switch(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    name: str

    @property
    def switch(self) -> Switch:
        """The arguments with which `subprocess` starts a process as this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Make the file or folder this user's."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Tell whether the modes of the folder and of all above it let this user pass."""
        return all(self._passes(place) for place in (folder, *folder.parents))

    def _passes(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def server_account(folder: Path) -> Account:
    """Return the user for the server: ourselves or, for root, the folder's owner or `nobody`.

    Raises:
        ClusterError: this user has no name here, without which PostgreSQL cannot tell who connects.
    """
    if os.geteuid() != 0:
        return _account(os.geteuid())
    data = folder / "data"
    owner = (data if data.exists() else folder).stat().st_uid
    return _account(owner) if owner else _nobody()


def people(folder: Path) -> list[str]:
    """Return the names of the users who may connect: root and the owner of the folder."""
    return sorted({_account(0).name, _account(folder.stat().st_uid).name})


def leave_to_owner(path: Path) -> None:
    """Give what root made to the owner of its folder, who will need it when root is gone."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        message = (
            f"The database cannot run as user {uid}, who has no entry in /etc/passwd; "
            "run Keeptab as a user that has one, or set DATABASE_URL."
        )
        raise ClusterError(message) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _nobody() -> Account:
    try:
        return _account(pwd.getpwnam("nobody").pw_uid)
    except KeyError:
        message = (
            "The database cannot run as root, and there is no user `nobody` to run it; "
            "run Keeptab as a normal user, or set DATABASE_URL."
        )
        raise ClusterError(message) from None
