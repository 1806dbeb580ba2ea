"""CloudWatch's console as far as a dashboard's custom widgets need one: a page at a loopback address."""
