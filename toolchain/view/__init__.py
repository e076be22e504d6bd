"""Shows what the engine does: live by component on a terminal, as lines elsewhere, and a summary at the end."""
