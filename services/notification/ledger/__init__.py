"""The ledger room: where an organisation can be reached, who must be told of what, and what became of every notice."""
