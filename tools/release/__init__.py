"""Releases and deployments: the code version, checks before a deployment, changes of resources, release notes."""
