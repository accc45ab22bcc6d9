"""How a contact comes in: the one `POST /v1/interactions` that every channel adapter shows, and its neighbours.

What a channel asks and what its answers mean belongs to that channel's adapter; how events are carried belongs to `event_bus`.
"""
