"""The pages of helpers, a file per thing somebody comes to do. Each works without JavaScript."""
