"""Room of investment leads [招商线索]."""
