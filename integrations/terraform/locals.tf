locals {
  network = merge([for vpc in var.vpc[*] : {
    NetworkMode                  = "existing"
    ExistingVpcId                = vpc.id
    ExistingPublicSubnetIds      = join(",", vpc.public_subnet_ids)
    ExistingPrivateRouteTableIds = join(",", vpc.private_route_table_ids)
    PrivateCidrs                 = join(",", vpc.private_cidrs)
  }]...)

  parameters = merge(local.network, var.parameters, { AssetBucket = var.bucket })
}
