"""What staff can do with the portal from a customer's page."""

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.admin.base import Link
from customers.admin.choices import Choice
from customers.admin.customer_page import Section
from customers.models import Customer
from customers.services.powers import Power


def section(choice: Choice, customer: Customer) -> Section:
    """Return the ways to the customer's portal."""
    if not choice.may(Power.EDIT_CUSTOMERS) or customer.is_deleted:
        return Section("admin/portal/customer.html", {})
    query = f"?customer={customer.pk}"
    acts = [Link(_("View the portal"), f"{reverse('admin:portal_portalsession_look')}{query}")]
    if customer.email:
        url = f"{reverse('admin:portal_portalsession_send')}{query}"
        acts.insert(0, Link(_("Send portal link"), url))
    return Section("admin/portal/customer.html", {}, acts=acts)
