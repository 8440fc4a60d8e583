"""Work that is done while the database is at another's."""

import pytest
from django.db import connection, connections

from customers.kit import meanwhile

LOCK = 7_001


@pytest.fixture
def other():
    """Returns another connection, which holds a lock."""
    connected = connections.create_connection("default")
    with connected.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    yield connected
    connected.close()


def taken_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s), 'answered'", [LOCK])
        said = cursor.fetchone()[1]
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return said


@pytest.mark.usefixtures("scope")
def test_work_is_done_until_the_database_answers(other):
    done = []

    def work():
        done.append(len(done))
        if len(done) == 3:
            other.close()  # lets go of the lock, for which the database keeps us waiting
        return True

    with meanwhile.doing(work):
        said = taken_lock()

    assert said == "answered"
    assert done[:3] == [0, 1, 2]


@pytest.mark.usefixtures("scope")
def test_who_has_no_more_work_waits(other):
    left = iter([True, True])

    def work():
        if next(left, False):
            return True
        other.close()
        return False

    with meanwhile.doing(work):
        said = taken_lock()

    assert said == "answered"


@pytest.mark.usefixtures("scope")
def test_nothing_is_done_behind_the_block(other):
    with meanwhile.doing(lambda: pytest.fail("nobody waits inside")):
        pass
    other.close()

    said = taken_lock()

    assert said == "answered"
