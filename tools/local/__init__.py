"""The local stack: the servers, the gateway and the runtime that serve template.yaml on one machine."""
