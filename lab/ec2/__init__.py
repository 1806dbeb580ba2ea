"""EC2 and SSM: moto 5.2.5, with what it gets wrong corrected one idea a file.

Nothing in moto changes at import. `corrected()` applies every correction and puts moto back afterwards.
"""
