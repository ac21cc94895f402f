"""The shop's policy as rules of cfn-lint: what a template must promise, and what it must not allow."""
