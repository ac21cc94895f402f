"""Makes a stand-in for AWS's Lambda base image out of what this machine has, where no image registry can be reached."""
