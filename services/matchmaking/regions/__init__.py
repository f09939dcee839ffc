"""Room of organisations elsewhere and friendship agreements [外地组织、友好商会]."""
