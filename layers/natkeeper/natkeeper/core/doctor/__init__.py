"""What is wrong with an account, a VPC or the parameters, before a deployment and after it."""
