"""The channel router: chooses how the municipality reaches a citizen, says why, and never ends in silence."""
