"""Metadata that replaces what there was, where Stripe's would be merged into it (rule C6)."""


class Whole(dict[str, object]):
    """All of an object's metadata: keys that it lacks are gone, and empty values stay."""
