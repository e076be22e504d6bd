"""The policy pack: rules over what a stack is about to make, and the server that answers Pulumi's engine."""
