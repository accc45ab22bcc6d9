"""The verbs of `plein`: one module each, with what it says to the person who called it."""
