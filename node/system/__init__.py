"""What touches the machine: files, the kernel, other programs."""
