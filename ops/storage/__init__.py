"""`python -m ops storage`: copies files of a folder into the bucket."""
