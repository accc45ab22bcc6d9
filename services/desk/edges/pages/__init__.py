"""The pages of the desk, a file per thing somebody comes to do."""
