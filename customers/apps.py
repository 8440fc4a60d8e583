from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers.api.omise import joining as omise  # noqa: PLC0415 -- models must be loaded first
        from customers.api.v1 import spellings  # noqa: PLC0415 -- as above
        from customers.events.services import events  # noqa: PLC0415 -- as above
        from customers.services import audit, powers, second_factors, webhook_health  # noqa: PLC0415 -- as above

        powers.register()
        events.followers.register(audit.follow)
        spellings.register()
        webhook_health.register()
        second_factors.register()
        omise.register()
