"""Ids that merchants choose, which every site and each mode may choose for itself."""

from customers.kit import ids, tenancy
from customers.kit.errors import InvalidRequest
from customers.models import TenantModel


def keys(pk: str) -> tuple[str, str]:
    """Return the keys that the row with an id may have: of an id that we made, and of one that was chosen."""
    return pk, _chosen(pk)


def key(model: type[TenantModel], wanted: str, *, noun: str = "") -> str:
    """Return the key for a new row: one for the id that was chosen, a fresh one where it is empty.

    Args:
        noun: what the refusal calls the row; the model's name when absent.

    Raises:
        InvalidRequest: another row of the chosen site has the id.
    """
    if not wanted:
        return model.new_id()
    if model._default_manager.filter(pk__in=keys(wanted)).exists():
        raise taken(model, noun=noun)
    return _chosen(wanted)


def shown(row: TenantModel) -> str:
    """Return a row's id as the wire knows it."""
    return ids.shown(str(row.pk))


def taken(model: type[TenantModel], *, noun: str = "") -> InvalidRequest:
    """Return Stripe's error for an id that another object has."""
    return InvalidRequest(
        f"{noun or str(model._meta.verbose_name).capitalize()} already exists.",
        param="id",
        code="resource_already_exists",
    )


def _chosen(text: str) -> str:
    scope = tenancy.current()
    return ids.chosen(text, site_id=scope.site_id, livemode=scope.livemode)
