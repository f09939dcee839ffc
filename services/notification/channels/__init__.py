"""Ways out of the platform: one transport each, and the sender that hands notices over to them."""
