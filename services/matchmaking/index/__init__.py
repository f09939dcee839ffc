"""The index of the profiles: found by a sparse dot product, proved and scored exactly."""
