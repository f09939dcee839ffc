"""The rolls of members. Internal: who belongs where is published only by the association itself."""
