"""Load, decide, keep: what the address book does with an event, and with a question."""
