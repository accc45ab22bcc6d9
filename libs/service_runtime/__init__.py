"""How a process lives: settings, logging, HTTP, tokens, database, metrics, traces, orderly stop. Knows no topic and no event."""
