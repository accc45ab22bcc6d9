"""What the address book decides: no I/O, no clock, no logger."""
