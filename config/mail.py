"""How mail leaves: by EMAIL_URL, by a provider, or, where nothing is said, not at all: into a folder.

Source: https://anymail.dev/en/stable/esps/ for the providers' settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env

KEEPING = "config.mail_keeping.EmailBackend"
_TIMEOUT = 10  # seconds; a mail server that does not answer must not hold up the others' mail


@dataclass(frozen=True)
class Provider:
    """A service that takes mail over HTTPS.

    Args:
        needs: the variables without which it takes none.
        may_have: those that some accounts need.
    """

    needs: tuple[str, ...]
    may_have: tuple[str, ...] = ()


PROVIDERS: Mapping[str, Provider] = {
    "BREVO": Provider(("BREVO_API_KEY",)),
    "MAILERSEND": Provider(("MAILERSEND_API_TOKEN",)),
    "MAILGUN": Provider(("MAILGUN_API_KEY",), ("MAILGUN_SENDER_DOMAIN", "MAILGUN_API_URL")),
    "MAILJET": Provider(("MAILJET_API_KEY", "MAILJET_SECRET_KEY")),
    "MANDRILL": Provider(("MANDRILL_API_KEY",)),
    "POSTMARK": Provider(("POSTMARK_SERVER_TOKEN",), ("POSTMARK_MESSAGE_STREAM",)),
    "RESEND": Provider(("RESEND_API_KEY",)),
    "SPARKPOST": Provider(("SPARKPOST_API_KEY",), ("SPARKPOST_API_URL",)),
}


@dataclass(frozen=True)
class Mail:
    """What the settings are made of.

    Args:
        backend: Django's name of what sends.
        sender: the address that mail comes from, with or without a name.
        smtp: Django's settings of the SMTP server and of the folder.
        anymail: the provider's settings.
    """

    backend: str
    sender: str
    smtp: Mapping[str, Any] = field(default_factory=dict)
    anymail: Mapping[str, Any] = field(default_factory=dict)

    def of(self, name: str, *, default: Any) -> Any:
        """Return one of Django's settings."""
        value = self.smtp.get(name)
        return default if value is None else value


def read(folder: Path) -> Mail:
    """Read from the environment how mail leaves.

    Args:
        folder: where mail is kept when it does not leave.

    Raises:
        ImproperlyConfigured: it makes no sense, or lacks something.
    """
    sender = env.address("DEFAULT_FROM_EMAIL")
    url, provider = env.text("EMAIL_URL", ""), env.text("EMAIL_PROVIDER", "")
    if url and provider:
        raise ImproperlyConfigured("Set EMAIL_URL or EMAIL_PROVIDER, not both.")
    if not url and not provider:
        kept = {"EMAIL_FILE_PATH": str(folder)}
        return Mail(KEEPING, sender or "billing@example.com", smtp=kept)
    if not sender:
        raise ImproperlyConfigured("Set DEFAULT_FROM_EMAIL to the address that mail comes from.")
    if provider:
        return _by_provider(sender)
    smtp = env.email("EMAIL_URL")
    smtp["EMAIL_TIMEOUT"] = _TIMEOUT
    return Mail(smtp["EMAIL_BACKEND"], sender, smtp=smtp)


def _by_provider(sender: str) -> Mail:
    """Read the settings of the chosen provider.

    Raises:
        ImproperlyConfigured: it is not known, or a variable that it needs is missing.
    """
    name = env.one_of("EMAIL_PROVIDER", list(PROVIDERS), "")
    provider = PROVIDERS[name]
    missing = [needed for needed in provider.needs if not env.text(needed, "")]
    if missing:
        message = f"EMAIL_PROVIDER={name.lower()} needs {missing[0]}, or {missing[0]}_FILE."
        raise ImproperlyConfigured(message)
    said = {each: env.text(each, "") for each in (*provider.needs, *provider.may_have)}
    settings: dict[str, Any] = {each: value for each, value in said.items() if value}
    settings["REQUESTS_TIMEOUT"] = _TIMEOUT
    settings["IGNORE_UNSUPPORTED_FEATURES"] = (
        True  # such as a header that only some accounts may set
    )
    return Mail(f"anymail.backends.{name.lower()}.EmailBackend", sender, anymail=settings)
