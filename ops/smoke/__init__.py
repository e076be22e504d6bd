"""`python -m ops smoke`: checks of what a visitor and an attacker would try."""
