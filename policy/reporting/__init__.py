"""What the pack says: messages, the pack's own policies, and the generated pages."""
