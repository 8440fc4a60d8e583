"""Mail that stays here: each message is a file in a folder, and a line on the console."""

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from customers.kit import clock


class EmailBackend(BaseEmailBackend):
    """Writes each message to `EMAIL_FILE_PATH`, in a file that mail programs open, and tells of it on the console."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages, and return how many they were."""
        folder = Path(settings.EMAIL_FILE_PATH or settings.DATA_DIR / "mail")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            path = folder / f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(6)}.eml"
            path.touch(mode=0o600)  # mail says who bought what
            path.write_bytes(message.message().as_bytes())
            recipients = ", ".join(message.recipients())
            sys.stdout.write(f"Email to {recipients}: {message.subject} ({path})\n")
        sys.stdout.flush()
        return len(email_messages)
