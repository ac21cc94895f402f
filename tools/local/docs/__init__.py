"""/docs of the local stack: Swagger UI for the API, and the guides of docs/."""
