"""What a service keeps of the topics to show it: some tables of its own, filled once from each event, emptied by an erasure."""
