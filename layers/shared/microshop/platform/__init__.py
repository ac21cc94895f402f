"""The only readers of environment variables and makers of clients. Each client is made once, on first use."""
