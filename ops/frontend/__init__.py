"""The parts of `python -m ops frontend`, which makes a folder a release of the site in the site's bucket."""
