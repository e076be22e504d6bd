"""The stack's configuration: its sections, what each profile sets, the rules across them, and their reference."""
