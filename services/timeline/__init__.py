"""One timeline per citizen, from every channel: kept once, joined when read, shown per purpose, never without a log line."""
