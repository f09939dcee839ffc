"""The public list [名录], kept from events for reading: only what may be published (domain §7.4)."""
