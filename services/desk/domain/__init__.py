"""Decisions of the desk: what was sought, what a form says, which promises are whose. No clock, no network."""
