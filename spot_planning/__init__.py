"""Pure functions that decide, before any resource exists, what the components will create. They take plain data."""
