"""Read side: profiles of associations, enterprises and chambers elsewhere, built from events."""
