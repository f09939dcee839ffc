"""Measurements. Each compares within one run, in interleaved rounds, on the machine it names."""
