"""What stands for Stripe on this machine: a proxy that behaves as Stripe's API does, and a localstripe behind it.

localstripe is a program of its own under the GPL and is only talked to over HTTP (`localstripe_server.py` starts it).
"""
