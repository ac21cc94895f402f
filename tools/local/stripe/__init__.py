"""The local stand-in for Stripe: a proxy that behaves like Stripe's API, in front of localstripe.

localstripe is under the GPL. Other code calls it over HTTP only (`localstripe_server.py` starts it).
"""
