"""Finds changes of the API and the events since the previous release that break clients."""
