"""What all tests share."""

from hypothesis import settings

# The same examples in every run, and no deadline: a loaded machine must not fail a test, nor luck pass one.
# `pytest --hypothesis-profile=default` looks for new examples.
settings.load_profile("ci")
