"""What the launcher tells the keeper, and the names of the files they share."""

from typing import TypedDict

USERS_LOCK = "users.lock"  # held by everybody who uses the server
PID_FILE = "server.pid"  # the server's process id, while it runs
LEAVING = "leaving"  # there while the last user wants the server stopped at once


class Order(TypedDict):
    argv: list[str]
    env: dict[str, str]
    folder: str
    data: str
    user: int | None
    group: int | None
    server_lock: int
