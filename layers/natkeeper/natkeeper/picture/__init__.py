"""The picture function: reads the stack, and answers with what a CloudWatch custom widget shows."""
