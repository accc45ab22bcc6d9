"""For a member: where a volunteer of a senior club or union asks something for a member, and never sees the member's file."""
