"""The matching conference [对接会]: who meets whom, when and at which table. Domain R54, R56; matching.md §3."""
