# A VPC of one zone, made by Terraform, that gets its way out from natkeeper.

variable "bucket" {
  description = "The bucket with the release."
  type        = string
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "public" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_subnet" "private" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = aws_subnet.public.availability_zone
}

# Its default route is natkeeper's: Terraform names none, and leaves alone the one that it finds.
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id

  lifecycle {
    ignore_changes = [route]
  }
}

resource "aws_route_table_association" "private" {
  subnet_id      = aws_subnet.private.id
  route_table_id = aws_route_table.private.id
}

module "natkeeper" {
  source  = "../"
  bucket  = var.bucket
  release = "0.2.0"

  vpc = {
    id                      = aws_vpc.this.id
    public_subnet_ids       = [aws_subnet.public.id]
    private_route_table_ids = [aws_route_table.private.id]
    private_cidrs           = [aws_vpc.this.cidr_block]
  }

  parameters = {
    NotificationEmail = "me@example.com"
    Dashboard         = "false"
  }

  # A node needs the public table's route to the internet gateway while it boots.
  depends_on = [aws_route_table_association.public, aws_route_table_association.private]
}

output "egress_address" {
  value = module.natkeeper.outputs["EgressAddress1"]
}
