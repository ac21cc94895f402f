"""Creates the events with which AWS invokes functions, for the local stack and for events/."""
