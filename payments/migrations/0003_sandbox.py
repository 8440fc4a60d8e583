"""The sandbox acquirer's own books: a schema that only `payments.gateways.sandbox` reads and writes."""

from django.db import migrations

SCHEMA = """
CREATE SCHEMA sandbox;

-- The vault: cards and bank accounts without their numbers. A token is one that was not saved yet.
CREATE TABLE sandbox.instruments (
    reference text PRIMARY KEY,
    account text NOT NULL,
    asked_as text NOT NULL DEFAULT '',
    kind text NOT NULL,
    behaviour text NOT NULL,
    shown jsonb NOT NULL,
    customer text NOT NULL DEFAULT '',
    is_set_up boolean NOT NULL DEFAULT false,
    verification text NOT NULL DEFAULT '',
    tries smallint NOT NULL DEFAULT 0,
    forgotten_at timestamptz,
    made_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX instruments_asked_once ON sandbox.instruments (account, asked_as) WHERE asked_as <> '';

-- The book: what the acquirer was asked under which reference, and what it did.
CREATE TABLE sandbox.entries (
    id text PRIMARY KEY,
    account text NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('charge', 'capture', 'void', 'refund')),
    status text NOT NULL CHECK (status IN ('succeeded', 'failed', 'pending', 'authorized', 'captured', 'voided')),
    amount bigint NOT NULL CHECK (amount >= 0),
    currency text NOT NULL,
    fee bigint NOT NULL DEFAULT 0,
    instrument text NOT NULL,
    customer text NOT NULL,
    parent text REFERENCES sandbox.entries (id),
    captured bigint NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
    answer jsonb NOT NULL,
    ripens_at timestamptz,
    ripens_to jsonb,
    asked integer NOT NULL DEFAULT 1,
    made_at timestamptz NOT NULL,
    UNIQUE (account, reference)
);
CREATE INDEX entries_in_order ON sandbox.entries (account, made_at, id);
CREATE INDEX entries_ripening ON sandbox.entries (ripens_at) WHERE ripens_at IS NOT NULL;

-- Visits of customers to the acquirer's pages: to authenticate, or to type a number.
CREATE TABLE sandbox.challenges (
    id text PRIMARY KEY,
    account text NOT NULL,
    site text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('authorize', 'authenticate', 'vault')),
    reference text NOT NULL,
    instrument text NOT NULL,
    request jsonb NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'completed', 'failed')),
    answer jsonb NOT NULL,
    return_url text NOT NULL,
    made_at timestamptz NOT NULL,
    UNIQUE (account, kind, reference)
);

CREATE TABLE sandbox.disputes (
    id text PRIMARY KEY,
    account text NOT NULL,
    entry text NOT NULL REFERENCES sandbox.entries (id),
    amount bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL CHECK (status IN ('needs_response', 'under_review', 'won', 'lost')),
    evidence jsonb NOT NULL DEFAULT '{}',
    due_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL
);

-- Notifications on their way to us.
CREATE TABLE sandbox.notices (
    id text PRIMARY KEY,
    account text NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE INDEX notices_waiting ON sandbox.notices (made_at) WHERE delivered_at IS NULL;

-- Switches of tests: what goes wrong next, for every process to see.
CREATE TABLE sandbox.faults (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    act text NOT NULL,
    fault text NOT NULL,
    settings jsonb NOT NULL,
    times integer CHECK (times >= 0)
);
CREATE INDEX faults_of_account ON sandbox.faults (account, id);
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_integrity")]

    operations = [migrations.RunSQL(SCHEMA, "DROP SCHEMA sandbox CASCADE")]
