"""The steps before Keeptab serves, one by one."""

import os
import socket

import pytest

from config import startup
from config.supervisor import Refused


@pytest.mark.parametrize(
    ("address", "url"),
    [
        pytest.param("127.0.0.1", "http://127.0.0.1:8000", id="this machine"),
        pytest.param("0.0.0.0", "http://127.0.0.1:8000", id="every address"),
        pytest.param("::", "http://[::1]:8000", id="every address, IPv6"),
        pytest.param("192.0.2.7", "http://192.0.2.7:8000", id="one address"),
    ],
)
def test_url_of_is_for_a_browser_on_this_machine(address, url):
    assert startup.url_of(address, 8000) == url


@pytest.mark.parametrize(
    ("address", "names"),
    [
        pytest.param("127.0.0.1", [], id="this machine"),
        pytest.param("0.0.0.0", ["billing-host", "192.0.2.8"], id="every address"),
        pytest.param("::", ["billing-host", "192.0.2.8"], id="every address, IPv6"),
        pytest.param("192.0.2.7", ["192.0.2.7"], id="one address"),
        pytest.param("2001:db8::7", ["[2001:db8::7]"], id="one address, IPv6"),
        pytest.param("Billing.example.com", ["billing.example.com"], id="a name"),
    ],
)
def test_hosts_are_the_names_that_others_may_use(monkeypatch, address, names):
    monkeypatch.setattr(socket, "gethostname", lambda: "Billing-Host")
    monkeypatch.setattr(startup, "_address_in_the_network", lambda: "192.0.2.8")

    assert startup.hosts(address) == ["127.0.0.1", "localhost", "[::1]", *names]


def test_a_port_that_another_server_shares_is_taken():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]

        with pytest.raises(Refused, match=f"^Port {port} is taken; choose another with --port.$"):
            startup.check_port("127.0.0.1", port)


def test_a_port_with_connections_that_are_over_is_free():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server.accept()[0].close()  # first, so that it is this side that has to wait
        client.close()

    startup.check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(Refused, match=r"^Keeptab cannot listen on 192\.0\.2\.7: "):
        startup.check_port("192.0.2.7", 8000)


def test_a_folder_is_for_one_at_a_time(tmp_path):
    first = startup.sole_use_of(tmp_path, "http://127.0.0.1:8000")
    second = startup.sole_use_of(tmp_path, "http://127.0.0.1:9000")

    with first, pytest.raises(Refused) as refusal, second:
        pass

    assert str(refusal.value) == (
        f"Keeptab already runs on this data folder: http://127.0.0.1:8000 (process {os.getpid()})."
    )


def test_a_lock_left_behind_is_no_lock(tmp_path):
    (tmp_path / "start.lock").write_text("1 http://127.0.0.1:8000\n")

    with startup.sole_use_of(tmp_path, "http://127.0.0.1:9000"):
        note = (tmp_path / "start.lock").read_text()

    assert note == f"{os.getpid()} http://127.0.0.1:9000\n"


def test_a_server_that_is_not_there_does_not_answer():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert startup.answers(f"http://127.0.0.1:{port}") is False
