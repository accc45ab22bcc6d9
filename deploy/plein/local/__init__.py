"""The embedded stack of one machine: its engines, its processes, its folder, its made-up people and their tokens."""
