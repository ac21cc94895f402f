"""Paths of the AWS stand-in that AWS does not have, and the User-Agent of the stack's requests."""

READY = "/moto-api/"  # a static page of moto, which does not depend on its state
MAILS = "/moto-api/mails.json"
OPEN = "/moto-api/open"
STACK_USER_AGENT = "microshop-stack"
