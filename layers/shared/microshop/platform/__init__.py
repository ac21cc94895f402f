"""Settings and clients. Only this package reads environment variables and creates clients, each on first use."""
