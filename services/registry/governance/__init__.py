"""How associations govern themselves: charters, bodies and terms, meetings and ballots, branches, seats, unions. No person is named here."""
