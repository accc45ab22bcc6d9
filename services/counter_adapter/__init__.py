"""The door for the counter: a visit to a desk, by appointment or not, with what proved who the visitor is."""
