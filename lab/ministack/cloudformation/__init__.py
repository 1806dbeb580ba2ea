"""CloudFormation's types that live on the EC2 side, and what ministack does not know of templates."""
