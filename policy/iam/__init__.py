"""What IAM policy documents allow: actions, ARNs, conditions and principals."""
