"""Phone numbers: kept as written, and beside that in E.164, by which they are found (rule C27)."""

import phonenumbers


def normalised(text: str, *, country: str) -> str:
    """Return the number in E.164, or an empty text when it cannot be one.

    Args:
        country: where a number without an international prefix is dialled, ISO 3166-1.
    """
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    # "Possible", not "valid": documented examples such as +1-555-123-4567 are unassigned and yet what people send.
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
