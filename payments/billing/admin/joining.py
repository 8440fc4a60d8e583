"""Where the pages of billing join those below; the dashboard calls this when it is put together."""

from customers.admin import customer_page, customer_timeline, customers, home, webhook_endpoints
from customers.admin import shown as people
from customers.admin.top_search import finders
from payments.billing.admin import (
    customer_section,
    discount_section,
    home_concerns,
    home_section,
    shown,
    top_search,
)
from payments.billing.services import triggers


def register() -> None:
    """Enter the functions and words."""
    customer_page.sections.register(customer_section.section)
    customer_page.sections.register(discount_section.section)
    for kind, tell in customer_section.TELLERS.items():
        customer_timeline.tellers.register(kind, tell)
    customers.consequences.register(customer_section.consequences)
    home.sections.register(home_section.section)
    home.concerns.register(home_concerns.concerns)
    people.EVENTS.update(shown.EVENTS)
    finders.register(top_search.of_numbers)
    webhook_endpoints.test_events.update(dict.fromkeys(triggers.TRIGGERS, triggers.pull))
