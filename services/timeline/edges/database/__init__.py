"""The timelines in PostgreSQL: kept in batches through COPY, read one page at a time."""
