from django.db import migrations

# An email address is claimed in the statement that writes it, from the site's policy as it then is: what a process
# remembers of the policy decides nothing. The lock is the one that services.sites takes to change the policy, so that
# whoever claimed under the old one has committed before. Addresses from before the policy are claimed by nobody; the
# index on UPPER(email) finds them.
CLAIM = """
CREATE FUNCTION customers_customer_claims_email() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lock text;
BEGIN
    NEW.unique_email := NULL;
    IF NEW.email = '' OR NEW.deleted_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    -- An assignment, since PERFORM would cost five times as much.
    lock := pg_advisory_xact_lock_shared(1835099492, hashtext(NEW.site_id))::text;
    IF (SELECT email_uniqueness FROM customers_site WHERE id = NEW.site_id) = 'enforce' THEN
        IF EXISTS (
            SELECT FROM customers_customer
            WHERE site_id = NEW.site_id AND livemode = NEW.livemode AND UPPER(email::text) = UPPER(NEW.email::text)
                AND deleted_at IS NULL AND email <> '' AND id <> NEW.id
        ) THEN
            RAISE unique_violation USING CONSTRAINT = 'customer_email_once', MESSAGE = 'the email address is taken';
        END IF;
        NEW.unique_email := UPPER(NEW.email::text);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER customers_customer_claims_email BEFORE INSERT OR UPDATE OF email, unique_email, deleted_at
    ON customers_customer FOR EACH ROW EXECUTE FUNCTION customers_customer_claims_email();
"""
RELEASE = """
DROP TRIGGER customers_customer_claims_email ON customers_customer;
DROP FUNCTION customers_customer_claims_email();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_integrity")]

    operations = [migrations.RunSQL(CLAIM, RELEASE)]
