"""The parts of the composition root: settings in, components out, one file a part of the platform."""
