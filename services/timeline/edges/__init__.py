"""Where the timeline touches the world: the database, its memory twin, live changes and HTTP."""
