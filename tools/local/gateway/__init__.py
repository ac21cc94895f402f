"""API Gateway: the HTTP server that answers as the template's REST API does."""
