from customers.events.models.events import Event

__all__ = ["Event"]
