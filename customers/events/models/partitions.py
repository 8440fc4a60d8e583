"""How events and deliveries are kept in monthly parts (`customers.kit.partitions`).

Both go by the event's id. A delivery's own id is made of its event's, so that it cannot be in two parts either: each
part has it unique, and a constraint ties its beginning to the event's.
"""

from customers.kit.partitions import Family, Table

_KEYS = (
    'ALTER TABLE "{part}" ADD PRIMARY KEY (id), '
    "ADD CONSTRAINT events_delivery_event_id_same_tenant FOREIGN KEY (event_id, site_id, livemode) "
    'REFERENCES "{twin}" (id, site_id, livemode) DEFERRABLE INITIALLY DEFERRED'
)
_ROOM = (
    'ALTER TABLE "{part}" SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, '
    "autovacuum_vacuum_threshold = 2000)"
)

EVENTS = Family(
    "evt",
    (
        Table("events_event", "id"),
        Table(
            "events_delivery",
            "event_id",
            more=(
                _KEYS,
                # A delivery is updated when it is claimed, right after it was inserted: with room on its page no index
                # has to be told. What was sent leaves dead rows at the head of the index of what is due.
                _ROOM,
            ),
        ),
    ),
)
