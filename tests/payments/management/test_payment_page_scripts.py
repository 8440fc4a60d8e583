"""The list of scripts on pages that take cards: all of them, with digests that change when they do."""

import re
from io import StringIO

from django.core.management import call_command


def test_each_script_is_listed_with_its_reason():
    out = StringIO()

    call_command("payment_page_scripts", stdout=out)

    lines = re.sub(r"sha384-\S{64}", "sha384", out.getvalue()).splitlines()
    assert lines == [
        "builtin:",
        "  js/card/numbers.js sha384 tells brands and mistakes apart",
        "  js/card/fields.js sha384 helps with typing and shows mistakes",
        "  js/card/builtin.js sha384 gives a published test number to the built-in vault",
        "  js/card/entry.js sha384 posts the token that the vault returned",
        "omise:",
        "  js/card/numbers.js sha384 tells brands and mistakes apart",
        "  js/card/fields.js sha384 helps with typing and shows mistakes",
        "  js/card/omise.js sha384 gives the card to Omise.js",
        "  js/card/entry.js sha384 posts the token that the vault returned",
        "  https://cdn.omise.co/omise.js the gateway's own, which it may change",
        "  lets in by script-src: https://cdn.omise.co",
        "  lets in by connect-src: https://vault.omise.co",
        "  lets in by frame-src: https://vault.omise.co https://cdn.omise.co",
        "stripe:",
        "  js/card/numbers.js sha384 tells brands and mistakes apart",
        "  js/card/stripe.js sha384 shows the fields of Stripe.js",
        "  js/card/entry.js sha384 posts the token that the vault returned",
        "  https://js.stripe.com/v3/ the gateway's own, which it may change",
        "  lets in by script-src: https://js.stripe.com https://*.js.stripe.com",
        "  lets in by connect-src: https://api.stripe.com",
        "  lets in by frame-src: https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    ]
