"""How the schema of the timeline came to be, step by step."""
