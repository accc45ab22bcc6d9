"""Where the desk touches the world: pages, the database, the topics, and other services."""
