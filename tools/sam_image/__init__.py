"""Builds a replacement for AWS's Lambda base image from files of this machine, without an image registry."""
