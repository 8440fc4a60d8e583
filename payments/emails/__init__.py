"""What customers are written about payments: one module for each kind of message, which finds its words."""
