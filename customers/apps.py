from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers.api.omise import joining as omise  # noqa: PLC0415 -- models must be loaded first
        from customers.api.revkeen import events as revkeen  # noqa: PLC0415 -- as above
        from customers.api.v1 import imported, spellings, takeouts  # noqa: PLC0415 -- as above
        from customers.events.services import events  # noqa: PLC0415 -- as above
        from customers.events.services import invariants as of_events  # noqa: PLC0415 -- as above
        from customers.services import (  # noqa: PLC0415 -- as above
            audit,
            bulk_acts,
            findings,
            invariants,
            powers,
            second_factors,
            webhook_health,
        )

        powers.register()
        events.followers.register(audit.follow)
        spellings.register()
        imported.register()
        bulk_acts.register()
        webhook_health.register()
        second_factors.register()
        omise.register()
        revkeen.register()
        takeouts.register()
        invariants.register()
        of_events.register()
        findings.register()
