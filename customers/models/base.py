"""What every tenant's row carries: its id, its site, its mode, and when it came to be."""

from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.db import models

from customers.kit import ids, statements
from customers.kit.tenancy import TenantManager


class TenantModel(models.Model):
    """A row of one site, in test or in live mode.

    The key is text: a prefix and a random part. Site and mode stand on the row itself and never come through a parent,
    and foreign keys inside a tenant are composite in the database (see `kit.integrity`), so that a reference across
    tenants cannot be stored.
    """

    PREFIX: ClassVar[str]

    id = models.CharField(primary_key=True, max_length=64)
    site = models.ForeignKey(
        "customers.Site", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    livemode = models.BooleanField()
    created_at = models.DateTimeField()

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def new_id(cls) -> str:
        """Return a fresh id with this model's prefix."""
        return ids.new(cls.PREFIX)

    @classmethod
    def belonging_to(cls, parent: "TenantModel", **values: Any) -> Self:
        """Return an unsaved row with a fresh id in its parent's site and mode."""
        return statements.new_instance(
            cls, id=cls.new_id(), site_id=parent.site_id, livemode=parent.livemode, **values
        )

    @classmethod
    def from_db(  # type: ignore[override]  # the types are of a later Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """Return an instance with what was read of a row, without the constructor."""
        return statements.read_instance(cls, db, field_names, values)
