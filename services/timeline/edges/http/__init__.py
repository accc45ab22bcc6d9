"""The timeline over HTTP: read, follow, find, link, who looked."""
