# natkeeper's own template, unchanged, as one resource. What a stack is given is given to the template.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_s3_bucket" "release" {
  bucket = var.bucket
}

resource "aws_cloudformation_stack" "natkeeper" {
  name         = var.name
  template_url = "https://${data.aws_s3_bucket.release.bucket_regional_domain_name}/natkeeper/natkeeper-${var.release}.json"
  capabilities = ["CAPABILITY_IAM"]
  parameters   = local.parameters
  tags         = var.tags

  # Deleting waits until no node and no address is in use: the template's own clean-up takes up to 16 minutes.
  timeouts {
    create = "30m"
    update = "60m"
    delete = "30m"
  }
}
