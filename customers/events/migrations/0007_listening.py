from django.db import migrations

# Tells whoever listens (customers/events/services/listening.py) of each event of test mode, when it is committed. A
# transaction that tells of something waits for others as it commits, so nothing is told while nobody listens: a listener
# holds one of four places alone, and who finds them free holds them as well until its own transaction ends.
TELL = """
CREATE FUNCTION events_event_tells_listeners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (
        pg_try_advisory_xact_lock_shared(1818850420, 0) AND pg_try_advisory_xact_lock_shared(1818850420, 1)
        AND pg_try_advisory_xact_lock_shared(1818850420, 2) AND pg_try_advisory_xact_lock_shared(1818850420, 3)
    ) THEN
        PERFORM pg_notify('keeptab_events', NEW.site_id || ' ' || NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER events_event_tells_listeners AFTER INSERT ON events_event
    FOR EACH ROW WHEN (NOT NEW.livemode) EXECUTE FUNCTION events_event_tells_listeners();
"""
BE_QUIET = """
DROP TRIGGER events_event_tells_listeners ON events_event;
DROP FUNCTION events_event_tells_listeners();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0006_delivery_room")]

    operations = [migrations.RunSQL(TELL, BE_QUIET)]
