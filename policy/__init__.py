"""The policy pack: rules over what a stack is about to make, and their adapter to Pulumi's policy engine."""
