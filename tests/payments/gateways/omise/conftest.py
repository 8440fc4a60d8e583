"""A second Keeptab, for the gateway to reach."""

from tests.wire.conftest import live, other, transactional_db  # noqa: F401 -- fixtures
