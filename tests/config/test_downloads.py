"""Downloads beside everything else: a slow reader keeps nobody else waiting, and there are only so many of them."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config import downloads
from config.downloads import OneAtATime, admitted
from tests.start import OURS, ROOT, Start, free_port, within

EXPORT = "/admin/customers/customer/export/"
# More than what lies in sockets on the way, and who may ask for it.
_FILL = """
import json, django
django.setup()
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import customers, sites
from tests.benchmarks.exporting import _session
site, _keys = sites.create(name="Much", slug="much", at=clock.now())
with scoped_to(site, livemode=False):
    for _number in range(600):
        customers.create(details={"description": "\N{GOTHIC LETTER AHSA}" * 5000}, at=clock.now())
print(json.dumps(_session()))
"""


@pytest.fixture(autouse=True)
def none_under_way(monkeypatch, db):
    """No download of another test's; with a connection, which Django looks at where an answer is closed."""
    monkeypatch.setattr(downloads, "_under_way", set())


@pytest.fixture
def path_of_page():
    return RequestFactory().get("/portal/")


def stream(*pieces):
    return StreamingHttpResponse(pieces or [b"all"])


def test_one_download_too_many_is_told_to_come_back(settings, path_of_page):
    settings.DOWNLOADS_AT_ONCE = 2
    first, second = (admitted(path_of_page, stream()) for _each in range(2))

    refused = admitted(path_of_page, stream())

    assert (first.status_code, second.status_code, refused.status_code) == (200, 200, 503)
    assert refused["Retry-After"] == "5"
    first.close()
    assert b"".join(admitted(path_of_page, stream(b"a", b"b"))) == b"ab"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("/v1/customers/cus_1/export", {"type": "api_error"}, id="stripe"),
        pytest.param("/omise/customers", {"object": "error", "code": "service_unavailable"}, id="omise"),
        pytest.param("/revkeen/v2/customers", {"type": "api_error"}, id="revkeen"),
    ],
)  # fmt: skip
def test_a_program_is_told_in_its_dialect(settings, path, said):
    settings.DOWNLOADS_AT_ONCE = 0

    refused = admitted(RequestFactory().get(path), stream())

    body = json.loads(refused.content)
    told = body.get("error", body)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert {name: told[name] for name in said} == said


def test_what_is_whole_or_short_is_not_counted(settings, path_of_page, tmp_path):
    settings.DOWNLOADS_AT_ONCE = 0
    (tmp_path / "page.css").write_bytes(b"p {}")
    ours = FileResponse((tmp_path / "page.css").open("rb"))

    answers = [admitted(path_of_page, answer) for answer in (HttpResponse(b"whole"), ours)]

    assert [answer.status_code for answer in answers] == [200, 200]
    ours.close()


def test_a_download_that_is_forgotten_makes_room(settings, path_of_page):
    settings.DOWNLOADS_AT_ONCE = 1
    pieces = iter([b"all"])
    forgotten = admitted(path_of_page, StreamingHttpResponse(pieces))

    forgotten.streaming_content = []  # what it holds itself by
    del forgotten

    assert admitted(path_of_page, stream()).status_code == 200


def test_requests_are_answered_one_at_a_time_and_read_beside_the_next():
    entered, leave, order = threading.Event(), threading.Event(), []

    def application(name, _start):
        order.append(f"{name} begins")
        if name == "first":
            entered.set()
            leave.wait(30)
        order.append(f"{name} ends")
        return iter([name])

    turns = OneAtATime(application)
    first = threading.Thread(target=turns, args=("first", None))
    first.start()
    entered.wait(30)
    second = threading.Thread(target=turns, args=("second", None))
    second.start()
    leave.set()
    first.join(30)
    second.join(30)
    unread = turns("third", None)

    acts = ("begins", "ends")
    assert order == [f"{name} {act}" for name in ("first", "second", "third") for act in acts]
    assert list(turns("fourth", None)) == ["fourth"]
    assert list(unread) == ["third"]


@pytest.mark.server
def test_slow_readers_keep_nobody_waiting(migrated):
    session = _filled(migrated)
    web = Start(migrated, port=free_port(), command="web")
    assert within(60, web.answers)

    readers = [_begun(web, session) for _each in range(2)]
    others = [web.get("/healthz") for _each in range(3)]
    refused = _asked(web, session)
    for reader in readers:
        reader.close()
    admitted_again = within(30, lambda: _asked(web, session).status == 200)

    assert others == ['{"status": "ok"}'] * 3
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert admitted_again
    assert web.end()[0] == 0


def _filled(folder):
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    usual = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", _FILL], cwd=ROOT, env={**clean, **usual}, capture_output=True, text=True, check=True
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def _headers(web, session):
    key, token = session
    return {
        "Cookie": f"staff={key}; csrf={token}", "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": token, "Origin": web.url,
    }  # fmt: skip


def _asked(web, session):
    """Ask for the file, and return the head of the answer; nobody reads the rest."""
    connection = http.client.HTTPConnection(web.url.removeprefix("http://"), timeout=30)
    connection.request("POST", EXPORT, "format=csv", _headers(web, session))
    answer = connection.getresponse()
    connection.close()
    return answer


def _begun(web, session):
    """Ask for the file, read its first bytes and then no more; returns the connection."""
    host, port = web.url.removeprefix("http://").split(":")
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.settimeout(30)
    reader.connect((host, int(port)))
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(web, session).items())
    reader.sendall(
        f"POST {EXPORT} HTTP/1.1\r\nHost: {host}:{port}\r\n{head}Content-Length: 10\r\n\r\nformat=csv".encode()
    )
    assert reader.recv(15) == b"HTTP/1.1 200 OK"
    return reader
