"""Where the router touches the outside: HTTP, the stream and the database, with a twin in memory."""
