"""The door for those who help: an organisation that asks something for one of its members, one by one or from a file."""
