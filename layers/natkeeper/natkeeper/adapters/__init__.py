"""One module per AWS service: API answers in, core values out. The only place that knows boto3."""
