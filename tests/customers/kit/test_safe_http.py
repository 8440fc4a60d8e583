"""The client for outgoing requests, against a receiver that behaves in every way."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from customers.kit import safe_http
from customers.kit.safe_http import Answer, Client, Failed
from customers.kit.web_places import Refused
from tests import receiver
from tests.receiver import Receiver

NAME = "hooks.example.com"


@pytest.fixture
def client():
    made = Client()
    yield made
    made.close()


@pytest.fixture
def quick(monkeypatch):
    """A deadline that tests can wait for."""
    monkeypatch.setattr(safe_http, "DEADLINE", 0.3)


@pytest.fixture
def resolver(monkeypatch):
    """Answers for every name with the next list of addresses, and the last one for ever."""
    asked, answers = [], []

    def getaddrinfo(host, *_, **__):
        asked.append(host)
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(None, None, None, "", (address, 0)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    getaddrinfo.asked, getaddrinfo.answers = asked, answers
    return getaddrinfo


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The files of a certificate for `NAME`, which signs itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)  # noqa: TID251 -- TLS reads the clock, too
    made = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(encoding))
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.named = []
    context.sni_callback = lambda _link, name, _context: context.named.append(name)
    return context


def test_a_request_and_its_answer(client):
    with Receiver(receiver.answer(201, b"thank\0s")) as there:
        said = client.post(f"{there.url}/hook?a=1", b'{"id": 1}', {"X-Mine": "yes"}, livemode=False)

    assert said == Answer(201, "", "thanks")
    (request,) = there.requests
    assert (request.path, request.body) == ("/hook?a=1", b'{"id": 1}')
    assert request.headers == {
        "host": f"127.0.0.1:{there.port}", "x-mine": "yes", "content-length": "9",
    }  # fmt: skip


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(client, status):
    with Receiver() as elsewhere, Receiver(
        receiver.answer(status, Location=elsewhere.url)
    ) as there:  # fmt: skip
        said = client.post(there.url, b"{}", {}, livemode=False)

    assert said.status == status
    assert elsewhere.requests == []


def test_cookies_and_credentials_are_not_kept(client, monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login jenny password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Receiver(receiver.answer(Set_Cookie="a=b")) as there:
        client.post(there.url, b"{}", {}, livemode=False)
        client.post(there.url, b"{}", {}, livemode=False)

    assert [sorted(request.headers) for request in there.requests] == [
        ["content-length", "host"], ["content-length", "host"],
    ]  # fmt: skip


def test_a_connection_is_used_again(client):
    with Receiver() as there:
        for _ in range(3):
            client.post(there.url, b"{}", {}, livemode=False)

    assert [request.connection for request in there.requests] == [1, 1, 1]


def test_a_connection_that_was_closed_meanwhile_is_replaced(client):
    def close(link, request):
        receiver.answer()(link, request)  # says that the connection lives on, and ends it

    with Receiver(close) as there:
        for _ in range(3):
            said = client.post(there.url, b"{}", {}, livemode=False)

    assert said.status == 200
    assert [request.connection for request in there.requests] == [1, 2, 3]


def test_an_old_connection_is_not_used_again(client, monkeypatch):
    monkeypatch.setattr(safe_http, "_KEPT_AT_MOST", 0)
    with Receiver() as there:
        client.post(there.url, b"{}", {}, livemode=False)
        client.post(there.url, b"{}", {}, livemode=False)
        client.close_old()

    assert [request.connection for request in there.requests] == [1, 2]
    assert (client._idle, client._count) == ({}, 0)


def test_no_more_connections_wait_than_the_limit(client, monkeypatch):
    monkeypatch.setattr(safe_http, "_MOST_IDLE", 1)
    with Receiver() as one, Receiver() as two:
        client.post(one.url, b"{}", {}, livemode=False)
        client.post(two.url, b"{}", {}, livemode=False)

    assert client._count == 1


def test_two_kibibytes_of_the_body_are_kept(client):
    with Receiver(receiver.answer(500, b"x" * 60_000)) as there:
        said = client.post(there.url, b"{}", {}, livemode=False)

    assert said == Answer(500, "", "x" * 2048)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n",
    ],
    ids=["to_the_end", "counted", "in_chunks"],
)
def test_an_endless_body_is_read_to_the_limit(client, head):
    sent = []

    def pour(link, request):
        link.sendall(head)
        while True:
            sent.append(link.send(b"y" * 65_536))

    with Receiver(pour) as there:
        said = client.post(there.url, b"{}", {}, livemode=False)

    assert said == Answer(200, "", "y" * 2048)
    assert client._count == 0


def test_an_endless_head_is_read_to_the_limit(client):
    def pour(link, request):
        link.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            link.sendall(b"X: " + b"y" * 1000 + b"\r\n")

    with Receiver(pour) as there, pytest.raises(Failed, match="no HTTP"):
        client.post(there.url, b"{}", {}, livemode=False)


@pytest.mark.parametrize("act", [receiver.hang, receiver.drip], ids=["hanging", "dripping"])
def test_slow_bytes_count(client, quick, act):
    with Receiver(act) as there, pytest.raises(Failed, match="within 10 seconds"):
        client.post(there.url, b"{}", {}, livemode=False)

    assert len(there.requests) == 1  # who is slow is not asked twice
    assert client._count == 0


def test_a_receiver_that_takes_nothing_ends_at_the_deadline(client, quick):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"

        with pytest.raises(Failed, match="within 10 seconds"):
            client.post(url, b"x" * 50_000_000, {}, livemode=False)


def test_a_resolver_that_hangs_ends_at_the_deadline(client, quick, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hung.wait())
    hung = Event()

    with pytest.raises(Failed, match="within 10 seconds"):
        client.post("http://example.com", b"{}", {}, livemode=False)

    hung.set()


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (receiver.reset, "closed before"),
        (receiver.raw(b""), "closed before"),
        (receiver.raw(b"220 mail.example.com ESMTP\r\n"), "no HTTP"),
        (receiver.raw(b"\x00" * 70_000), "no HTTP"),
        (receiver.raw(b"HTTP/1.1 2000 OK\r\n\r\n"), "no HTTP"),
    ],
    ids=["reset", "closed", "mail", "junk", "status"],
)
def test_a_broken_answer_is_a_failure(client, act, why):
    with Receiver(act) as there, pytest.raises(Failed, match=why):
        client.post(there.url, b"{}", {}, livemode=False)


def test_a_closed_port_is_a_failure(client):
    with Receiver() as there:
        url = there.url

    with pytest.raises(Failed, match="refused"):
        client.post(url, b"{}", {}, livemode=False)


def test_an_unknown_name_is_a_failure(client, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(Failed, match="could not be found"):
        client.post("http://nowhere.example", b"{}", {}, livemode=False)


def test_a_name_is_resolved_once_and_its_checked_address_used(client, resolver, monkeypatch):
    connected = []

    def connect(link, place):
        connected.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    resolver.answers[:] = [["93.184.215.14"], ["127.0.0.1"]]

    with pytest.raises(Failed):
        client.post(f"https://{NAME}", b"{}", {}, livemode=True)

    assert resolver.asked == [NAME]
    assert connected == [("93.184.215.14", 443)]


def test_a_name_that_changes_its_address_is_looked_at_anew(client, resolver, monkeypatch):
    connected = []

    def connect(link, place):
        connected.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    resolver.answers[:] = [["93.184.215.14"], ["127.0.0.1"]]
    with pytest.raises(Failed):
        client.post(f"https://{NAME}", b"{}", {}, livemode=True)

    with pytest.raises(Refused):
        client.post(f"https://{NAME}", b"{}", {}, livemode=True)

    assert connected == [("93.184.215.14", 443)]


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["169.254.169.254"], ["127.0.0.1"], ["::1"], ["fe80::1%eth0"],
        ["::ffff:10.0.0.1"], ["2002:a00:1::"], ["64:ff9b::a00:1"], ["2001:0:4136:e378::"], ["100.64.1.1"], ["0.0.0.0"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_name_with_a_private_address_is_not_connected_to(
    client, resolver, monkeypatch, addresses
):
    monkeypatch.setattr(socket.socket, "connect", None)
    resolver.answers[:] = [addresses]

    with pytest.raises(Refused):
        client.post(f"https://{NAME}", b"{}", {}, livemode=True)


def test_the_next_address_is_tried_when_the_first_is_dead(client, resolver):
    resolver.answers[:] = [["127.0.0.2", "127.0.0.1"]]
    with Receiver() as there:
        said = client.post(f"http://{NAME}:{there.port}", b"{}", {}, livemode=False)

    assert said.status == 200
    assert there.requests[0].headers["host"] == f"{NAME}:{there.port}"


def test_tls_names_the_host_and_trusts_its_certificate_alone(
    client, resolver, certificate, tls, monkeypatch
):
    trusted = ssl.create_default_context(cafile=certificate[0])
    monkeypatch.setattr(safe_http, "_tls", lambda: trusted)
    resolver.answers[:] = [["127.0.0.1"]]
    with Receiver(tls=tls) as there:
        said = client.post(f"https://{NAME}:{there.port}/x", b"{}", {}, livemode=False)
        again = client.post(f"https://{NAME}:{there.port}/x", b"{}", {}, livemode=False)
        with pytest.raises(Failed, match="certificate is not valid"):
            client.post(f"https://other.example.com:{there.port}/x", b"{}", {}, livemode=False)

    assert (said.status, again.status) == (200, 200)
    assert tls.named == [NAME, "other.example.com"]


def test_a_certificate_that_nobody_vouches_for_is_refused(client, resolver, tls):
    resolver.answers[:] = [["127.0.0.1"]]

    with Receiver(tls=tls) as there, pytest.raises(Failed, match="certificate is not valid"):
        client.post(f"https://{NAME}:{there.port}", b"{}", {}, livemode=False)

    assert there.requests == []


def test_a_server_that_speaks_no_tls_is_a_failure(client, resolver):
    resolver.answers[:] = [["127.0.0.1"]]
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]

        def talk():
            with plain.accept()[0] as link:
                link.sendall(b"220 mail.example.com ESMTP\r\n")

        talking = Thread(target=talk)
        talking.start()

        with pytest.raises(Failed, match=r"No secure connection|closed before"):
            client.post(f"https://{NAME}:{port}", b"{}", {}, livemode=False)

        talking.join()


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "ü", "a\0b"])
def test_a_header_cannot_end_itself(client, value):
    with pytest.raises(ValueError, match="no header can"):
        client.post("http://127.0.0.1:3000", b"{}", {"X-Mine": value}, livemode=False)
