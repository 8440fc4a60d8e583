from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "payments.billing"
    label = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from payments.billing import emails  # noqa: PLC0415 -- models must be loaded first
        from payments.billing.api.v1 import spellings, takeouts  # noqa: PLC0415 -- as above
        from payments.billing.services import invariants, joining  # noqa: PLC0415 -- as above

        spellings.register()
        takeouts.register()
        joining.register()
        invariants.register()
        emails.register()
