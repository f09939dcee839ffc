"""How Guildhall is brought up: the local stack, the compose file, the demo's data."""
