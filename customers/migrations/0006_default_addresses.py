from django.db import migrations, models

# Reading a customer is the commonest thing there is, and each joined table costs it a sixth of its time; addresses change
# rarely. So the customer's row keeps what is shown of its default addresses, and the database alone writes it: after a
# change of an address, from the addresses as they then are. What a model's save() sends for the column is ignored.
KEEP = """
CREATE FUNCTION customers_default_addresses_of(customer text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT COALESCE(jsonb_object_agg(kind, jsonb_build_object(
        'city', city, 'country', country, 'line1', line1, 'line2', line2,
        'name', name, 'phone', phone, 'postal_code', postal_code, 'state', state
    )), '{}') FROM customers_address WHERE customer_id = customer AND is_default
$$;

CREATE FUNCTION customers_address_shows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    customer text := COALESCE(NEW.customer_id, OLD.customer_id);
    shown jsonb := customers_default_addresses_of(customer);
BEGIN
    UPDATE customers_customer SET default_addresses = shown
    WHERE id = customer AND default_addresses IS DISTINCT FROM shown;
    RETURN NULL;
END $$;
CREATE TRIGGER customers_address_shows AFTER INSERT OR UPDATE OR DELETE ON customers_address
    FOR EACH ROW EXECUTE FUNCTION customers_address_shows();

CREATE FUNCTION customers_customer_keeps_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.default_addresses := OLD.default_addresses;
    RETURN NEW;
END $$;
CREATE TRIGGER customers_customer_keeps_addresses BEFORE UPDATE OF default_addresses ON customers_customer
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.default_addresses IS DISTINCT FROM OLD.default_addresses)
    EXECUTE FUNCTION customers_customer_keeps_addresses();
"""
LET_GO = """
DROP TRIGGER customers_customer_keeps_addresses ON customers_customer;
DROP FUNCTION customers_customer_keeps_addresses();
DROP TRIGGER customers_address_shows ON customers_address;
DROP FUNCTION customers_address_shows();
DROP FUNCTION customers_default_addresses_of(text);
"""
FILL = """
UPDATE customers_customer SET default_addresses = customers_default_addresses_of(id)
WHERE id IN (SELECT customer_id FROM customers_address WHERE is_default)
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_organization_names_beside")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="default_addresses",
            field=models.JSONField(default=dict, editable=False),
        ),
        # In this order: the trigger that ignores what is sent would ignore this too.
        migrations.RunSQL(KEEP.partition("CREATE FUNCTION customers_address_shows")[0], migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE FUNCTION customers_address_shows" + KEEP.partition("CREATE FUNCTION customers_address_shows")[2],
            LET_GO,
        ),
    ]
