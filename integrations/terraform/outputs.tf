output "stack_id" {
  description = "The stack's ARN."
  value       = aws_cloudformation_stack.natkeeper.id
}

output "outputs" {
  description = "All outputs of the template, by name: EgressAddress1, FailoverCommand and so on."
  value       = aws_cloudformation_stack.natkeeper.outputs
}
