"""How a page is made: sign-in, session, templates, texts, refusals people can read, and asking other services.

Knows no topic and no event, and nothing of what a page is about.
"""
