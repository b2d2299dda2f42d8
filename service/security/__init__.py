"""Security: who asks, what they may, and what is refused before it reaches a route."""
