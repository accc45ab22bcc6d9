"""What holds now of what a citizen said: wishes and mandates, from facts in any order. No clock, no network."""
