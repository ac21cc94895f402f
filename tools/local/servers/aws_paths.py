"""Paths of the AWS stand-in beside AWS's own API, and the mark of the stack's requests."""

READY = "/moto-api/"  # a static page of moto, which reads none of its state
MAILS = "/moto-api/mails.json"
OPEN = "/moto-api/open"
THE_STACK = "microshop-stack"  # in the header User-Agent
