"""Where the pages for helpers touch the world: pages, the database, the topics, and the helpers' door."""
