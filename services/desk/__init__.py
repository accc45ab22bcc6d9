"""The desk: where agents and counter staff see one person as one timeline, log contacts, and keep their promises to phone."""
