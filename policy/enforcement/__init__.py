"""How strictly the rules hold: levels, profiles, pinned stacks and exemptions."""
