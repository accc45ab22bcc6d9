"""The pages of My Plein, a file per thing somebody comes to do. Each works without JavaScript."""
