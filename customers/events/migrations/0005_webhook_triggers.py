from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

DELIVERY, ENDPOINT, EVENT = "events_delivery", "events_webhookendpoint", "events_event"

# What an endpoint asks for; and a delivery's id, which sorts by its event's time.
FUNCTIONS = migrations.RunSQL(
    """
    CREATE FUNCTION events_wants(spelling varchar, matches varchar[], type varchar, omise_key varchar) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE spelling
            WHEN 'omise' THEN omise_key <> '' AND matches && ARRAY['*', omise_key]
            ELSE matches && ARRAY['*', type]
        END
    $$;
    CREATE FUNCTION events_delivery_id(event_id varchar, endpoint_id varchar) RETURNS varchar
    LANGUAGE sql IMMUTABLE AS $$
        SELECT 'dlv_' || substr(event_id, 5, 11) || substr(md5(event_id || endpoint_id), 1, 13)
    $$;
    """,
    "DROP FUNCTION events_wants(varchar, varchar[], varchar, varchar); DROP FUNCTION events_delivery_id(varchar, varchar);",
)

# Whoever inserts events, one or many, by whichever statement: their deliveries are written with them. For a site without
# endpoints that costs one look at a small index for all events of the statement: measured, 35 microseconds of the
# server's time for a statement and 1 for each further event, where inserting one takes 80 and each of many 45; and 30
# for each delivery. Deliveries are due in the order of their events, by the clock as it is when they are written, behind
# all that were committed before.
DELIVERIES = migrations.RunSQL(
    f"""
    CREATE FUNCTION events_tell_endpoints() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM fresh AS event JOIN {ENDPOINT} AS endpoint
            ON endpoint.site_id = event.site_id AND endpoint.livemode = event.livemode AND endpoint.status = 'enabled'
        ) THEN
            RETURN NULL;
        END IF;
        INSERT INTO {DELIVERY} (
            id, site_id, livemode, created_at, endpoint_id, event_id, status, tries, replays, next_try_at,
            last_response, last_error, earlier_tries
        )
        SELECT
            events_delivery_id(told.event_id, told.endpoint_id), told.site_id, told.livemode, told.created_at, told.endpoint_id, told.event_id,
            'pending', 0, 0, clock_timestamp(), '', '', '[]'
        FROM (
            SELECT event.id AS event_id, event.site_id, event.livemode, event.created_at, endpoint.id AS endpoint_id
            FROM fresh AS event
            JOIN {ENDPOINT} AS endpoint
                ON endpoint.site_id = event.site_id AND endpoint.livemode = event.livemode
                AND endpoint.status = 'enabled'
                AND events_wants(endpoint.spelling, endpoint.matches, event.type, event.omise_key)
            ORDER BY event.sequence, endpoint.id
            OFFSET 0
        ) AS told;
        IF FOUND THEN
            PERFORM pg_notify('keeptab_deliveries', '');
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER events_tell_endpoints AFTER INSERT ON {EVENT}
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION events_tell_endpoints();
    """,
    f"DROP TRIGGER events_tell_endpoints ON {EVENT}; DROP FUNCTION events_tell_endpoints();",
)

# What a try came to is put aside by the next one, so that people see all of them; the newest fifty are kept.
EARLIER_TRIES = migrations.RunSQL(
    f"""
    CREATE FUNCTION events_put_try_aside() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.earlier_tries = OLD.earlier_tries || jsonb_build_array(jsonb_build_object(
            'at', OLD.last_try_at, 'status_code', OLD.last_status_code, 'response', OLD.last_response,
            'error', OLD.last_error, 'duration_ms', OLD.last_duration_ms
        ));
        IF jsonb_array_length(NEW.earlier_tries) > 50 THEN
            NEW.earlier_tries = NEW.earlier_tries - 0;
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER events_put_try_aside BEFORE UPDATE OF last_try_at ON {DELIVERY} FOR EACH ROW
        WHEN (OLD.last_try_at IS NOT NULL AND NEW.last_try_at IS DISTINCT FROM OLD.last_try_at)
        EXECUTE FUNCTION events_put_try_aside();
    """,
    f"DROP TRIGGER events_put_try_aside ON {DELIVERY}; DROP FUNCTION events_put_try_aside();",
)


class Migration(migrations.Migration):
    dependencies = [("events", "0004_webhooks")]

    operations = [
        migrations.RunSQL(
            f"ALTER SEQUENCE events_event_sequence OWNED BY {EVENT}.sequence",
            "ALTER SEQUENCE events_event_sequence OWNED BY NONE",
        ),
        same_tenant(DELIVERY, "endpoint_id", ENDPOINT),
        same_tenant(DELIVERY, "event_id", EVENT),
        FUNCTIONS,
        DELIVERIES,
        EARLIER_TRIES,
        without_pattern_indexes(DELIVERY, ENDPOINT),
    ]
