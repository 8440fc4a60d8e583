"""The database backend `config.database`: Django's for PostgreSQL, over a server that we start.

Source: https://docs.djangoproject.com/en/5.2/ref/databases/#subclassing-the-built-in-database-backends
"""

from typing import Any

from django.db.backends.postgresql import base

from config.database.client import DatabaseClient
from config.database.cluster import Cluster, cluster_of


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    @property
    def cluster(self) -> Cluster:
        return cluster_of(self.settings_dict["OPTIONS"])

    def get_connection_params(self) -> dict[str, Any]:
        """Return where and as whom to connect, once the server runs. Procrastinate asks too."""
        self.cluster.ensure()
        params: dict[str, Any] = super().get_connection_params()
        for ours in ("cluster", "server_settings"):
            params.pop(ours, None)
        return {**params, **self.cluster.address}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; if somebody has killed the server meanwhile, start it and connect again."""
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            if self.cluster.is_ready():
                raise
            self.cluster.heal()
            return super().get_new_connection(conn_params)
