"""The parts of `python -m ops frontend`: a folder becomes a release of the site in its bucket."""
