"""`python -m ops release`: an image becomes the live release of the service."""
