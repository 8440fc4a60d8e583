"""What a monitoring system may ask at `/metrics`: requests of this web server, and how the background work keeps up.

Requests are counted by route, never by address, which would name customers. All web processes of a server count into
one folder; what lies in the database is read when somebody asks, each figure by one short query.

Source: https://prometheus.github.io/client_python/multiprocess/ for the folder; https://prometheus.io/docs/practices/naming/
for the names.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime

from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from customers.events.services import partitions
from customers.kit import invariants, replicas
from customers.kit.partitions import months_between
from customers.services import findings, invariant_rounds
from payments.services import due_work

CONTENT_TYPE = CONTENT_TYPE_LATEST
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the web server sets it (config.web)
_MOST = 10_000  # what is counted at most; more is said to be this much
_log = logging.getLogger("keeptab.requests")

_requests = Counter("keeptab_http_requests", "Requests answered.", ["method", "route", "status"])
_seconds = Histogram(
    "keeptab_http_request_seconds", "Seconds until a request was answered.", ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip


def note(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    """Count an answered request, and write a line about it where the log level is INFO."""
    match = request.resolver_match
    route = match.route if match else "unknown"
    method = request.method if request.method in _METHODS else "other"
    _requests.labels(method, route, response.status_code).inc()
    _seconds.labels(route).observe(seconds)
    _log.info("%s %s %d in %.0f ms", method, route, response.status_code, seconds * 1000)


def text(*, at: datetime) -> bytes:
    """Return all figures in the text format of Prometheus.

    Args:
        at: now; lags are counted from it.
    """
    registry = CollectorRegistry()
    if _FOLDER in os.environ:
        MultiProcessCollector(registry)
    else:  # one process alone, as under `runserver`
        registry.register(_requests)
        registry.register(_seconds)
        registry.register(replicas.reads)
        registry.register(replicas.refusals)
    registry.register(_Installation(at))
    return generate_latest(registry)


class _Installation(Collector):
    """The figures of the installation, which every web server gives alike."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def collect(self) -> Iterator[Metric]:
        for name, documentation, statement in _FIGURES:
            with connection.cursor() as cursor:
                cursor.execute(statement, {"at": self._at, "most": _MOST})
                (value,) = cursor.fetchone()
            yield GaugeMetricFamily(name, documentation, value=-1 if value is None else value)
        yield GaugeMetricFamily(
            "keeptab_event_months_ahead",
            "Months after this one for which there are tables of events; -1: not even for this one.",
            value=months_between(self._at, partitions.last_made()),
        )
        yield GaugeMetricFamily(
            "keeptab_events_outside_months",
            "Events and deliveries for whose time there was no table, counted to 2000.",
            value=partitions.outside(),
        )
        lags = GaugeMetricFamily(
            "keeptab_due_work_lag_seconds",
            "Seconds for which the oldest row of a kind has been due: invoices, renewals and the like.",
            labels=["kind"],
        )
        for kind, lag in due_work.lags(at=self._at).items():
            lags.add_metric([kind], lag.total_seconds())
        yield lags
        yield from _of_replicas()
        yield from _integrity()


def _of_replicas() -> Iterator[Metric]:
    """Yield how far each replica is behind; -1 for one that does not answer, or is none of ours."""
    size = GaugeMetricFamily(
        "keeptab_replica_lag_bytes",
        "Bytes of the primary's log that a replica has not replayed; -1: it cannot be read from.",
        labels=["replica"],
    )
    seconds = GaugeMetricFamily(
        "keeptab_replica_lag_seconds",
        "Seconds since the last commit that a replica has replayed, where it is behind; -1: it cannot be read from.",
        labels=["replica"],
    )
    for name in replicas.names():
        try:
            state = replicas.state(name)
        except (Error, replicas.NoReplica):
            state = replicas.State(-1, -1, keeps_rows=False)
        size.add_metric([name], state.behind_bytes)
        seconds.add_metric([name], state.behind_seconds)
    yield size
    yield seconds


def _integrity() -> Iterator[Metric]:
    """Yield what was found to contradict itself, and when all was last looked through."""
    found = findings.counts()
    gauge = GaugeMetricFamily(
        "keeptab_integrity_findings",
        f"Rows that break an invariant; of each site and mode up to {findings.MOST}.",
        labels=["invariant", "severity"],
    )
    for one in invariants.every():
        gauge.add_metric([one.name, one.severity], found.get(one.name, 0))
    yield gauge
    oldest = invariant_rounds.standing().oldest
    yield GaugeMetricFamily(
        "keeptab_integrity_last_round_timestamp_seconds",
        "By when all invariants were last looked for in all rows; 0: never.",
        value=oldest.timestamp() if oldest else 0,
    )


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_FIGURES = (
    (
        "keeptab_worker_heartbeat_age_seconds",
        "Seconds since any worker was last heard of; -1: there is none.",
        "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers",
    ),
    (
        "keeptab_jobs_waiting",
        f"Background jobs that wait, counted to {_MOST}.",
        "SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE status = 'todo' LIMIT %(most)s) AS waiting",
    ),
    (
        "keeptab_jobs_failed",
        f"Background jobs that were given up, counted to {_MOST}.",
        "SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE status = 'failed' LIMIT %(most)s) AS failed",
    ),
    (
        "keeptab_outbox_lag_seconds",
        "Seconds for which the oldest delivery of a webhook has been due.",
        """SELECT coalesce(extract(epoch FROM %(at)s - min(next_try_at)), 0) FROM events_delivery
           WHERE status = 'pending' AND next_try_at <= %(at)s""",
    ),
    (
        "keeptab_mail_lag_seconds",
        "Seconds for which the oldest email has been due.",
        """SELECT coalesce(extract(epoch FROM %(at)s - min(next_attempt_at)), 0) FROM customers_message
           WHERE status = 'queued' AND next_attempt_at <= %(at)s""",
    ),
    (
        "keeptab_unknown_operations",
        f"Charges, refunds and other acts whose outcome is not known after a minute, counted to {_MOST}.",
        """SELECT count(*) FROM (SELECT FROM payments_operation WHERE state IN ('open', 'flagged')
           AND created_at < %(at)s - interval '1 minute' LIMIT %(most)s) AS unclear""",
    ),
)
