"""Everything but EC2 and Run Command: ministack 1.5.33 in this process, with its gaps closed.

Runs in the environment .venv-aws; see __main__.py.
"""
