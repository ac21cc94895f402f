"""Compares the API and the events with the previous release's and names what breaks their clients."""
