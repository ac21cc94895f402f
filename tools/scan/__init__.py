"""What a security scanner that knows nothing of the shop has to say about the templates, as each stage deploys them."""
