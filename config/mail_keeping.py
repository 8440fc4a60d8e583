"""Mail that stays here: each message is a file in a folder, and a line on the console."""

import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from customers.kit import clock

TOLD = 5  # messages in a row; a year of demonstration writes hundreds, and what stands above them should stay in sight
PAUSE = timedelta(seconds=5)  # what comes later than this is another row


class EmailBackend(BaseEmailBackend):
    """Writes each message to `EMAIL_FILE_PATH`, in a file that mail programs open, and tells of it on the console."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages, and return how many they were."""
        folder = Path(settings.EMAIL_FILE_PATH or settings.DATA_DIR / "mail")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            at = clock.now()
            path = folder / f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(6)}.eml"
            path.touch(mode=0o600)  # mail says who bought what
            path.write_bytes(message.message().as_bytes())
            recipients = ", ".join(message.recipients())
            line = f"Email to {recipients}: {message.subject} ({path})\n"
            if message.extra_headers.get("Priority") == "urgent":  # such as a code to sign in with
                sys.stdout.write(line)
            else:
                _console.tell(line, at=at)
        sys.stdout.flush()
        return len(email_messages)


class _Console:
    """Tells of each message by a line, and of a crowd of them that there are more."""

    def __init__(self) -> None:
        self._in_a_row, self._last = 0, datetime.min.replace(tzinfo=UTC)

    def tell(self, line: str, *, at: datetime) -> None:
        self._in_a_row = 1 if at - self._last > PAUSE else self._in_a_row + 1
        self._last = at
        if self._in_a_row <= TOLD:
            sys.stdout.write(line)
        elif self._in_a_row == TOLD + 1:
            sys.stdout.write("More email is being written to the same folder.\n")


_console = _Console()
