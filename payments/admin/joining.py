"""Where the pages of payments join those of the ground floor; the dashboard calls this when it is put together."""

from customers.admin import customer_page, customer_timeline, customers, home, settings_pages
from customers.admin import shown as people
from customers.admin.top_search import finders
from payments.admin import customer_section, gateway_accounts, home_section, shown, top_search


def register() -> None:
    """Enter the functions and words."""
    customer_page.sections.register(customer_section.section)
    for kind, tell in customer_section.TELLERS.items():
        customer_timeline.tellers.register(kind, tell)
    customers.consequences.register(customer_section.consequences)
    home.sections.register(home_section.section)
    home.concerns.register(home_section.concerns)
    settings_pages.cards.register(gateway_accounts.card)
    people.EVENTS.update(shown.EVENTS)
    finders.register(top_search.of_last_four)
