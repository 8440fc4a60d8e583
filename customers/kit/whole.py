"""Metadata with other rules than Stripe's, which merges and lets an empty value take a key away (rule C6)."""


class Whole(dict[str, object]):
    """All of an object's metadata: keys that it lacks are gone, and empty values stay."""


class Merged(dict[str, object]):
    """Metadata to be merged into what there is, where null alone takes a key away: empty texts stay."""
