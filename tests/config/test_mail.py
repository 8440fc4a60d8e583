"""How the environment says where mail goes, and the sentence when that makes no sense."""

import importlib
from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from config import mail, mail_keeping

VARIABLES = ["EMAIL_URL", "EMAIL_PROVIDER", "DEFAULT_FROM_EMAIL"]
FROM = "Acme <billing@example.com>"
ALWAYS = {"REQUESTS_TIMEOUT": 10, "IGNORE_UNSUPPORTED_FEATURES": True}


@pytest.fixture
def said(monkeypatch, tmp_path):
    """A function that reads what this environment says of mail."""

    def read(**variables):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return mail.read(tmp_path)

    return read


def test_mail_stays_here_by_default(said, tmp_path):
    found = said()

    assert found == mail.Mail(
        mail.KEEPING, "billing@example.com", smtp={"EMAIL_FILE_PATH": str(tmp_path)}
    )


@pytest.mark.parametrize(
    ("url", "server"),
    [
        pytest.param(
            "smtp+tls://ada:p%40ss@mail.example.com:587",
            ("mail.example.com", 587, "ada", "p@ss", True, False),
            id="STARTTLS",
        ),
        pytest.param(
            "smtp+ssl://ada:pass@mail.example.com:465",
            ("mail.example.com", 465, "ada", "pass", False, True),
            id="TLS",
        ),
        pytest.param(
            "smtp://mail.example.com", ("mail.example.com", 25, "", "", False, False), id="plain"
        ),
    ],
)
def test_a_mail_server_is_chosen_by_its_url(said, url, server):
    found = said(EMAIL_URL=url, DEFAULT_FROM_EMAIL=FROM)

    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD")
    assert found.backend == "django.core.mail.backends.smtp.EmailBackend"
    assert found.sender == FROM
    assert (
        *(
            found.of(name, default=default)
            for name, default in zip(names, ("", 25, "", ""), strict=True)
        ),
        found.of("EMAIL_USE_TLS", default=False),
        found.of("EMAIL_USE_SSL", default=False),
    ) == server
    assert found.of("EMAIL_TIMEOUT", default=None) == 10


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("consolemail://", "console"),
        ("filemail:///srv/mail", "filebased"),
        ("dummymail://", "dummy"),
    ],
)
def test_mail_can_be_kept_in_other_ways(said, url, backend):
    found = said(EMAIL_URL=url, DEFAULT_FROM_EMAIL=FROM)

    assert found.backend == f"django.core.mail.backends.{backend}.EmailBackend"
    if backend == "filebased":
        assert found.of("EMAIL_FILE_PATH", default=None) == "/srv/mail"


@pytest.mark.parametrize("name", sorted(mail.PROVIDERS))
def test_a_provider_is_chosen_by_its_name(said, name):
    keys = dict.fromkeys(mail.PROVIDERS[name].needs, "secret")

    found = said(EMAIL_PROVIDER=name.lower(), DEFAULT_FROM_EMAIL=FROM, **keys)

    module, _, backend = found.backend.rpartition(".")
    assert found.backend == f"anymail.backends.{name.lower()}.EmailBackend"
    assert hasattr(importlib.import_module(module), backend)
    assert found.anymail == {**keys, **ALWAYS}


@pytest.mark.parametrize("name", sorted(mail.PROVIDERS))
def test_a_provider_accepts_what_it_is_given(said, settings, name):
    keys = dict.fromkeys(mail.PROVIDERS[name].needs, "secret")
    found = said(EMAIL_PROVIDER=name.lower(), DEFAULT_FROM_EMAIL=FROM, **keys)
    settings.ANYMAIL = dict(found.anymail)

    backend = get_connection(found.backend)

    assert backend.esp_name.lower() == name.lower()


def test_a_providers_key_may_lie_in_a_file(said, tmp_path):
    (tmp_path / "token").write_text("from the file\n")

    found = said(
        EMAIL_PROVIDER="postmark",
        DEFAULT_FROM_EMAIL=FROM,
        POSTMARK_SERVER_TOKEN_FILE=str(tmp_path / "token"),
        POSTMARK_MESSAGE_STREAM="billing",
    )

    assert found.anymail == {
        "POSTMARK_SERVER_TOKEN": "from the file",
        "POSTMARK_MESSAGE_STREAM": "billing",
        **ALWAYS,
    }


SHAPE = "EMAIL_URL has to look like smtp+tls://user:password@host:587, smtp+ssl://… or smtp://…."


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        *(
            pytest.param({"EMAIL_URL": url, "DEFAULT_FROM_EMAIL": FROM}, SHAPE, id=url)
            for url in (
                "nonsense", "https://mail.example.com", "smtp://", "smtp://mail.example.com:many", "memorymail://",
                "filemail://", "smtp://mail.example.com?depth=3",
            )
        ),
        pytest.param(
            {"EMAIL_URL": "smtp://mail.example.com"},
            "Set DEFAULT_FROM_EMAIL to the address that mail comes from.",
            id="no sender",
        ),
        pytest.param(
            {"DEFAULT_FROM_EMAIL": "Acme"},
            "DEFAULT_FROM_EMAIL has to be an email address, such as Acme <billing@example.com>, and is 'Acme'.",
            id="sender",
        ),
        pytest.param(
            {"EMAIL_URL": "smtp://mail.example.com", "EMAIL_PROVIDER": "postmark"},
            "Set EMAIL_URL or EMAIL_PROVIDER, not both.",
            id="both",
        ),
        pytest.param(
            {"EMAIL_PROVIDER": "pigeon", "DEFAULT_FROM_EMAIL": FROM},
            f"EMAIL_PROVIDER has to be one of {', '.join(mail.PROVIDERS)}, and is 'PIGEON'.",
            id="provider",
        ),
        pytest.param(
            {"EMAIL_PROVIDER": "mailjet", "DEFAULT_FROM_EMAIL": FROM, "MAILJET_API_KEY": "key"},
            "EMAIL_PROVIDER=mailjet needs MAILJET_SECRET_KEY, or MAILJET_SECRET_KEY_FILE.",
            id="key",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(said, variables, sentence):
    with pytest.raises(ImproperlyConfigured) as refusal:
        said(**variables)

    assert str(refusal.value) == sentence


def test_a_password_is_not_repeated(said):
    with pytest.raises(ImproperlyConfigured) as refusal:
        said(EMAIL_URL="smpt://ada:swordfish@mail.example.com", DEFAULT_FROM_EMAIL=FROM)

    assert "swordfish" not in str(refusal.value)


@pytest.fixture(autouse=True)
def console(monkeypatch):
    """A console on which nothing was told before."""
    monkeypatch.setattr(mail_keeping, "_console", mail_keeping._Console())


def test_what_stays_here_is_a_file_and_a_line(settings, tmp_path, capsys):
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    message = EmailMessage("Réçu", "Thank you", "billing@example.com", ["ada@example.com"])

    sent = get_connection(mail.KEEPING).send_messages([message])

    (path,) = (tmp_path / "mail").iterdir()
    kept = message_from_bytes(path.read_bytes())
    assert sent == 1
    assert (kept["To"], kept.get_payload().strip()) == ("ada@example.com", "Thank you")
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out == f"Email to ada@example.com: Réçu ({path})\n"


def test_what_somebody_waits_for_is_told_of_in_a_crowd_too(settings, tmp_path, capsys):
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    crowd = [EmailMessage("Receipt", to=["ada@example.com"]) for _ in range(20)]
    code = EmailMessage("Your code", to=["ada@example.com"], headers={"Priority": "urgent"})

    get_connection(mail.KEEPING).send_messages([*crowd, code, *crowd])

    assert capsys.readouterr().out.count("Email to ada@example.com: Your code (") == 1


def test_a_crowd_of_messages_is_told_of_in_a_few_lines(settings, tmp_path, capsys, monkeypatch):
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    instants = [datetime(2026, 11, 22, 9, 0, second, tzinfo=UTC) for second in (*range(8), 30)]
    monkeypatch.setattr(mail_keeping.clock, "now", iter(instants).__next__)
    messages = [
        EmailMessage(f"Message {number}", to=["ada@example.com"]) for number in range(len(instants))
    ]

    get_connection(mail.KEEPING).send_messages(messages)

    lines = [line.partition(" (")[0] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        *(f"Email to ada@example.com: Message {number}" for number in range(5)),
        "More email is being written to the same folder.",
        "Email to ada@example.com: Message 8",
    ]
