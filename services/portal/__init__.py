"""The portal [门户]: hears the public events, keeps exact counts of them, and shows both."""
