"""What is said: the events, the words in them, the topics they travel on, and the only codec."""
