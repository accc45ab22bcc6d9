"""Where My Plein touches the world: pages, the database, the topics, and other services."""
