"""How it is carried: publisher, stream worker, journal of accepted events, provisioning of topics. Knows topics, not meanings."""
