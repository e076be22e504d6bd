"""The policy pack: rules about the resources that a stack is about to make, and the server that answers the engine."""
