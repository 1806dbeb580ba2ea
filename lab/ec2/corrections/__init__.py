"""What moto gets wrong of EC2 and SSM, corrected one idea a file."""
