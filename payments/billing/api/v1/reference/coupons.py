"""What the API reference says of coupons, promotion codes and discounts."""

from typing import Any

Wire = dict[str, Any]

TAGS: dict[str, str] = {}
MEMBERS: dict[str, str] = {}
MEMBERS_OF: dict[tuple[str, str], str] = {}
PARAMETERS: dict[tuple[str, str], str] = {}
OPERATIONS: dict[str, tuple[str, str]] = {}
OBJECTS: dict[str, Wire] = {}
BODIES: dict[str, Wire] = {}
QUERIES: dict[str, Wire] = {}
PATHS: dict[str, str] = {}
METHODS: dict[str, tuple[str, str]] = {}
