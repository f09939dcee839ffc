"""Who serves associations, by reference only: officers, secretaries-general, their training, and staff in numbers."""
