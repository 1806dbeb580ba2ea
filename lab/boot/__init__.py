"""The node's user data under real systemd, cloud-init and package managers, in containers of a lab VPC."""
