"""The operator's commands. They work on the local stack and on deployed stacks."""
