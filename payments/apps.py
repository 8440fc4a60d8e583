from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from payments.api.omise import joining as omise  # noqa: PLC0415 -- models must be loaded first
        from payments.api.v1 import spellings, takeouts  # noqa: PLC0415 -- models must be loaded first
        from payments.services import invariants, joining  # noqa: PLC0415 -- as above

        spellings.register()
        takeouts.register()
        omise.register()
        joining.register()
        invariants.register()
