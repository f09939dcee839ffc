"""The zone of the founding report, as data and as a loader that brings it in through the public API."""
