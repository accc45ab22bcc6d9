"""The pages, in a real browser. A package, so that its browser and its town stop before the next tests."""
