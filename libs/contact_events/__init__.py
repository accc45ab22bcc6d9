"""What is said: the events, the words in them, the topics they travel on, and the only codec.

No transport, no process and no decision belongs here: a service may import this package, and nothing in it imports a service,
`event_bus` or `service_runtime`.
"""
