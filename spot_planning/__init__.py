"""Pure functions over plain data: what the components will make, decided before any resource exists."""
