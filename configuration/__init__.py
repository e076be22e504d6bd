"""The stack's configuration: its sections, the profiles' values, the rules across keys, and the reference page."""
