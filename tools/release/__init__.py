"""What a release is: which version of the code it carries, and what its notes say."""
