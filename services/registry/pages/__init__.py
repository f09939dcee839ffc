"""The register to be read in a browser [名录网页]: search, one page for each association, coverage, statistics, dossiers. No JavaScript."""
