"""My Plein: where a citizen reads their own timeline and who looked, says how to be reached, and ends a mandate."""
