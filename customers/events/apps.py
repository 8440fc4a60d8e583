from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "customers.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers.events.services import partitions  # noqa: PLC0415 -- models must be loaded first

        partitions.register()
