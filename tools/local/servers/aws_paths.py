"""What the AWS stand-in answers beside AWS's own API, and how the stack is told from all others."""

READY = "/moto-api/"  # a page that moto has written down: it looks at nothing that it holds
MAILS = "/moto-api/mails.json"
OPEN = "/moto-api/open"
THE_STACK = "microshop-stack"  # in the header User-Agent
