"""`manage.py catalogues`: what programs read of the translations, made anew from what people write."""

from typing import Any

from django.core.management.base import BaseCommand

from config import catalogues


class Command(BaseCommand):
    help = "Compiles locale/*/LC_MESSAGES/django.po; gettext is not needed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in catalogues.compile_all():
            self.stdout.write(str(path.relative_to(catalogues.FOLDER.parent)))
