"""How the associations keep their books: accounting system, statements, audits, agency bookkeeping (R31, R32). Zone."""
