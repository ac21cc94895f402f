"""The only readers of the environment and makers of clients; one of each an environment, made on first use."""
