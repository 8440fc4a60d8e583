"""Emptying what Django does not know of: the sandbox acquirer's tables are in a schema of their own."""

from django.db import connection


def empty_queue():
    """Delete every job that is to be done, such as an email that a page has deferred."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def empty_sandbox():
    """Delete every row of the sandbox acquirer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('sandbox.%I', tablename), ', ') FROM pg_tables WHERE schemaname = 'sandbox'"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]}")
