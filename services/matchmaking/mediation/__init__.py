"""Room of chamber mediation [商会调解]."""
