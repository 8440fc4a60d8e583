"""`manage.py worker`: what it leaves in the log."""

import asyncio

import pytest
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool


class _Slow(AsyncConnection):
    @classmethod
    async def connect(cls, *_args, **_kwargs):
        await asyncio.sleep(60)


class _Refused(AsyncConnection):
    @classmethod
    async def connect(cls, *_args, **_kwargs):
        raise OperationalError("nobody is there")


@pytest.mark.parametrize(
    ("connection_class", "said"),
    [(_Slow, []), (_Refused, ["error connecting in 'jobs': nobody is there"])],
    ids=["called off", "refused"],
)
def test_a_pool_that_is_put_away_while_it_connects_leaves_no_line(caplog, connection_class, said):
    async def put_away():
        pool = AsyncConnectionPool(
            connection_class=connection_class, min_size=1, open=False, name="jobs"
        )
        await pool.open()
        await asyncio.sleep(0.05)
        await pool.close(timeout=0.05)

    asyncio.run(put_away())

    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line for line in lines if "connecting" in line] == said
