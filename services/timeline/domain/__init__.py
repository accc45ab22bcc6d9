"""What a timeline is and what of it may be seen: pure decisions, no clock, no database."""
