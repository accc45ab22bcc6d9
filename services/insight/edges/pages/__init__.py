"""The page of advisers."""
