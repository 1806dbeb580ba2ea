"""The events that EC2, SSM and Health send, and their way to EventBridge."""
