"""How a contact comes in: the one `POST /v1/interactions` that every channel adapter shows."""
