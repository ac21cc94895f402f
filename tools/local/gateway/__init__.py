"""API Gateway: an HTTP server for the REST API of the template."""
