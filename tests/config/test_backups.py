"""Backups: made while people write, and an empty installation that becomes the same again."""

import json
import shutil
import tarfile

import psycopg
import pytest

from config.database.cluster import Cluster

pytestmark = pytest.mark.server
_FILL = "from customers.kit import clock; from customers.services import demo; demo.fill(at=clock.now())"


def _everything(data_dir):
    """Return a digest of all rows of each table."""
    cluster = Cluster(data_dir / "postgres", {})
    cluster.ensure()
    with psycopg.connect(**cluster.address, dbname="keeptab", autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        found = {
            table: connection.execute(
                f'SELECT count(*), md5(string_agg(row::text, chr(10) ORDER BY row::text)) FROM "{table}" AS row'
            ).fetchone()
            for (table,) in tables
        }
    cluster.leave()
    return found


@pytest.fixture(scope="module")
def backed_up(manage, migrated, tmp_path_factory):
    """A folder with the backup of an installation that has the demonstration, and the secrets of that."""
    folder = tmp_path_factory.mktemp("backup")
    assert manage(migrated, "shell", "--verbosity", "0", "-c", _FILL)[0] == 0
    code, said, errors = manage(migrated, "backup", str(folder / "kept"))
    assert (code, errors) == (0, "")
    assert f"{folder}/kept.secrets: keep them elsewhere" in said
    return folder


@pytest.fixture
def restore(manage, backed_up, tmp_path):
    """A function that restores into an empty folder; it returns code, output and errors."""

    def run(file=None, secrets=None):
        chosen = ["--secrets", str(secrets)] if secrets else []
        return manage(tmp_path / "restored", "restore", str(file or backed_up / "kept"), *chosen)

    return run


def test_a_restored_installation_is_the_same_as_before(restore, migrated, tmp_path):
    code, said, errors = restore()

    assert (code, errors) == (0, "")
    assert _everything(tmp_path / "restored") == _everything(migrated)
    assert "What happened at a live gateway since then is not known here." in said
    for name in ("secret_key", "hashing_key", "sealing_keys"):
        before, after = (folder / "secrets" / name for folder in (migrated, tmp_path / "restored"))
        assert after.read_text().strip() == before.read_text().strip()
        assert after.stat().st_mode & 0o777 == 0o600


def test_nobody_else_can_read_a_backup(backed_up):
    modes = {name: (backed_up / name).stat().st_mode & 0o777 for name in ("kept", "kept.secrets")}

    assert modes == {"kept": 0o600, "kept.secrets": 0o600}


def test_what_is_not_empty_is_left_alone(manage, migrated, backed_up):
    before = _everything(migrated)

    code, _, errors = manage(migrated, "restore", str(backed_up / "kept"))

    assert (code, "is not empty" in errors) == (1, True)
    assert _everything(migrated) == before


def _damaged(backed_up, folder):
    kept = bytearray((backed_up / "kept").read_bytes())
    kept[len(kept) // 2] ^= 1
    (folder / "damaged").write_bytes(kept)
    return folder / "damaged", backed_up / "kept.secrets"


def _cut_off(backed_up, folder):
    kept = (backed_up / "kept").read_bytes()
    (folder / "cut").write_bytes(kept[: len(kept) // 2])
    return folder / "cut", backed_up / "kept.secrets"


def _no_backup(backed_up, folder):
    (folder / "other").write_text("a letter")
    return folder / "other", backed_up / "kept.secrets"


def _other_secrets(backed_up, folder):
    kept = json.loads((backed_up / "kept.secrets").read_text())
    (folder / "secrets").write_text(json.dumps({**kept, "SEALING_KEYS": "x" * 43}))
    return backed_up / "kept", folder / "secrets"


def _no_secrets(backed_up, folder):
    return backed_up / "kept", folder / "nowhere"


def _newer(backed_up, folder):
    with tarfile.open(backed_up / "kept") as archive:
        archive.extractall(folder / "parts", filter="data")
    manifest = json.loads((folder / "parts" / "manifest.json").read_text())
    manifest["migrations"].append("customers.9999_of_the_future")
    (folder / "parts" / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(folder / "newer", "w") as archive:
        for name in ("manifest.json", "database.dump"):
            archive.add(folder / "parts" / name, name)
    shutil.rmtree(folder / "parts")
    return folder / "newer", backed_up / "kept.secrets"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (_damaged, "is damaged"),
        (_cut_off, "is damaged"),
        (_no_backup, "is no backup of Keeptab"),
        (_other_secrets, "does not hold the secrets that belong to this backup"),
        (_no_secrets, "cannot be read: no such file or directory"),
        (_newer, "made by a newer version of Keeptab"),
    ],
)
def test_what_cannot_be_restored_changes_nothing(restore, backed_up, tmp_path, made, said):
    code, _, errors = restore(*made(backed_up, tmp_path))

    assert (code, said in errors, "Traceback" in errors) == (1, True, False)
    assert _everything(tmp_path / "restored") == {}


def test_an_own_postgresql_is_left_to_its_own_tools(manage, tmp_path):
    secrets = dict.fromkeys(("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS"), "k" * 40)
    address = "postgres://keeptab@127.0.0.1:1/keeptab"

    code, _, errors = manage(
        tmp_path, "backup", str(tmp_path / "kept"), DATABASE_URL=address, **secrets
    )

    assert (code, "use the tools of PostgreSQL" in errors) == (1, True)
    assert not (tmp_path / "kept").exists()


def test_an_empty_database_is_nothing_to_keep(manage, tmp_path):
    code, _, errors = manage(tmp_path / "other", "backup", str(tmp_path / "kept"))

    assert (code, f"The database in {tmp_path / 'other'} is empty" in errors) == (1, True)
    assert not (tmp_path / "kept").exists()
