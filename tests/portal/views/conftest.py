"""What tests of the portal's pages begin with."""

from tests.portal.subscribing import account, shop

__all__ = ["account", "shop"]
