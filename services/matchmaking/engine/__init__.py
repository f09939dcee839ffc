"""Scoring, ranking and reasons: pure."""
