"""The local stack: runs template.yaml on this machine, with servers, gateway and Lambda runtime."""
