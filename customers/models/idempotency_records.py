"""Idempotency records: the answer that a request with an `Idempotency-Key` got, kept to be given again."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class IdempotencyRecord(models.Model):
    """One request of a site, in one mode, with its answer; without one while it is at work, or was broken off.

    Parameters are kept as a keyed digest only; the body is sealed, since an answer may hold a secret shown once.

    Source: https://docs.stripe.com/api/idempotent_requests
    """

    UNANSWERED: ClassVar[int] = 0
    """The status of a request that has no answer yet."""

    id = models.BigAutoField(primary_key=True)
    # No constraint: a record lives for a day, is only ever asked for with its site, and each create pays for the check.
    site = models.ForeignKey(
        "customers.Site",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    livemode = models.BooleanField()
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField()
    request_id = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "livemode", "key"], name="idempotency_key_once")
        ]
        indexes = [BrinIndex(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key
