"""The lab: an AWS on this machine, bound to 127.0.0.1.

It proves behaviour, not agreement with the real AWS.
"""
