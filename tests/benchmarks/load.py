"""Fills a site with customers by COPY, in a shape that real ones have; prints the site's id and a secret key."""

import argparse
import json
import os
from datetime import timedelta

import django

FIRST = "Ada Noah Camille Giulia Priya Wei Lucía Joaquín Aroha Freya Amina Callum 山本 김서연 สมชาย".split()
LAST = "Whitfield Brooks Lefèvre Ferrante Raman Tan Navarro Rojas Ngata Sørensen Obi Vogt 陽菜 박도윤 วัฒนกุล".split()
COLUMNS = (
    "id site_id livemode created_at email name individual_name first_name last_name display_name username external_id "
    "description phone phone_e164 preferred_locales timezone metadata custom_fields currency preferred_currency "
    "balance cash_balance_mode is_delinquent tax_exempt invoice_prefix next_invoice_sequence invoice_settings "
    "organization_name default_addresses"
).split()


def rows(site_id: str, count: int, now):
    """Yield one row a customer; number n is n seconds younger than the first."""
    for n in range(count):
        key = f"{n:024d}"
        name = f"{FIRST[n % 15]} {LAST[(n // 15) % 15]} {n}"
        metadata = json.dumps(
            {"plan": ("basic", "premium", "enterprise", "none")[n % 4], "order_id": str(n)}
        )
        yield (
            f"cus_{key}", site_id, False, now - timedelta(seconds=count - n), f"customer{n}@example.com", name, "", "",
            "", "", "", f"user_{n}", "", "", "", [], "", metadata, "{}", "", "", 0, "merchant_default", False, "none",
            f"{n:08X}", 1, "{}", "", "{}",
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--slug", default="bench")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.core.management import call_command
    from django.db import connection

    from customers.kit import clock
    from customers.services import sites

    call_command("migrate", verbosity=0)
    site, keys = sites.create(name=options.slug, slug=options.slug, at=clock.now())
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        with cursor.copy(f"COPY customers_customer ({names}) FROM STDIN") as copy:
            for row in rows(site.pk, options.count, clock.now()):
                copy.write_row(row)
        cursor.execute("VACUUM ANALYZE customers_customer")
    print(json.dumps({"site": site.pk, "sk_test": keys["sk_test"], "count": options.count}))


if __name__ == "__main__":
    main()
