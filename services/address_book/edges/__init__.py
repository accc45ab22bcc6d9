"""Where the address book meets the database, the stream and HTTP."""
