"""The shop's policy for templates, as rules of cfn-lint."""
