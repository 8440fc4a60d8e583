from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from portal.api.v1 import spellings, takeouts  # noqa: PLC0415 -- models must be loaded first
        from portal.services import invariants, joining  # noqa: PLC0415 -- as above

        spellings.register()
        takeouts.register()
        joining.register()
        invariants.register()
