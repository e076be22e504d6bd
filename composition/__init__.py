"""The parts of the composition root: each file creates the components of one part of the platform from the settings."""
