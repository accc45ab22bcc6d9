"""The one command, `plein`, and the embedded stack it can start."""
