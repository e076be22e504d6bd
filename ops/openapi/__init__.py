"""`python -m ops openapi`: checks of the OpenAPI document."""
