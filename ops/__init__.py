"""Operations around the platform: `python -m ops`."""
