"""The address book: opens sealed contact points, keeps them, and shows one only for a purpose, with a line in the log."""
