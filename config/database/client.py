"""`manage.py dbshell` for our own server, with the psql that came along."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from config.database import binaries
from config.database.cluster import cluster_of


class DatabaseClient(client.DatabaseClient):
    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the command that opens a shell on the database, once the server runs."""
        cluster = cluster_of(settings_dict["OPTIONS"])
        cluster.ensure()
        address = cluster.address
        there = {"HOST": address["host"], "PORT": address["port"], "USER": address["user"]}
        args, env = super().settings_to_cmd_args_env({**settings_dict, **there}, parameters)
        return [str(binaries.installed() / "psql"), *args[1:]], env
