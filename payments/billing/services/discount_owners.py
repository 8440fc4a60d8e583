"""Whether the customer whose billing is locked has discounts: most have none, and nobody needs to look for them."""

from customers.kit import together
from customers.models import Customer
from payments.billing.models import Discount

_OWNER, _ANY = "discounts: whose", "discounts: has any"


def remember_owner(customer: Customer) -> None:
    """Remember that all that the open block does is for one locked customer, unless it is for two."""
    known = together.recalled(_OWNER)
    together.remember(_OWNER, customer.pk if known in {None, customer.pk} else "")


def begin(customer_id: str, *, has_any: bool) -> None:
    """Say for whom a part of a batch is."""
    together.remember(_OWNER, customer_id)
    together.remember(_ANY, has_any)


def have_none() -> bool:
    """Tell whether the customer whom the open block is for has no discounts at all, which most have not."""
    owner = together.recalled(_OWNER)
    if not owner:
        return False
    found = together.recalled(_ANY)
    if found is None:
        found = Discount.objects.filter(customer_id=owner, removed_at=None).exists()
        together.remember(_ANY, found)
    return not found


def forget() -> None:
    """Have it looked up again, since a discount is being given."""
    together.forget(_ANY)
