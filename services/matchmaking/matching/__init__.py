"""Room of needs, offers, enterprises and matches [供需对接]."""
