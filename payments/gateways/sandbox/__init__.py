"""The sandbox: an acquirer for test mode, with a vault, a book of its own, and switches that make it fail.

It stands for a company across the network. It has its own schema in the database, which only this package reads and
writes; every act there is a transaction of its own, so that a crash of ours never takes back what the acquirer did.
"""

from payments.gateways.sandbox.gateway import Sandbox

__all__ = ["Sandbox"]
