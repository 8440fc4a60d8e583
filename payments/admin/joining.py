"""Where the pages of payments join those of the ground floor; the dashboard calls this when it is put together."""

from customers.admin import customer_page, customer_timeline, customers, home
from customers.admin import shown as people
from payments.admin import customer_section, home_section, shown


def register() -> None:
    """Enter the functions and words."""
    customer_page.sections.register(customer_section.section)
    for kind, tell in customer_section.TELLERS.items():
        customer_timeline.tellers.register(kind, tell)
    customers.consequences.register(customer_section.consequences)
    home.sections.register(home_section.section)
    people.EVENTS.update(shown.EVENTS)
