"""Where the pages of the portal join those of the ground floor; the dashboard calls this when it is put together."""

from customers.admin import customer_page, settings_pages
from portal.admin import customer_section, portal_configurations


def register() -> None:
    """Enter the functions."""
    customer_page.sections.register(customer_section.section)
    settings_pages.cards.register(portal_configurations.card)
