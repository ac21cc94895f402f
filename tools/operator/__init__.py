"""What an operator does with a shop, as commands: the same for the local stack and for a deployed one."""
