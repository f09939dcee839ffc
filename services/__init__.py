"""The services. Each is a room of its own; they meet only in events."""
