"""How `/v1/` tells of links in its log of events; Omise's dialect has the resource."""

from customers.restkit.objects import Constant, Plain, Text, UnixTime, WireObject


class LinkObject(WireObject):
    """A link, as events show it."""

    id = Plain()
    object = Constant("link")
    amount = Plain()
    created = UnixTime("created_at")
    currency = Plain()
    deleted_at = UnixTime()
    description = Text()
    livemode = Plain()
    multiple = Plain("is_multiple")
    title = Plain()
