"""Where insight touches the world: its page, the database and the topics."""
