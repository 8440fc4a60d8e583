"""Where the pages of payments join those of the ground floor; the dashboard calls this when it is put together."""

from customers.admin import customer_page, home, settings_pages
from customers.admin import shown as people
from payments.admin import customer_section, gateway_accounts, home_section, shown


def register() -> None:
    """Enter the functions and words."""
    customer_page.sections.register(customer_section.section)
    home.sections.register(home_section.section)
    settings_pages.cards.register(gateway_accounts.card)
    people.EVENTS.update(shown.EVENTS)
