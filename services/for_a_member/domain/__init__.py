"""What an organisation says for a member, and which of its mandates hold. No clock, no network."""
