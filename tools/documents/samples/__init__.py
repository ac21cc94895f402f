"""events/*.json: the event of each function as AWS sends it, from templates, docs/openapi.yaml and events."""
