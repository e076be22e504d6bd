"""`python -m ops openapi`: checks, converts and compares OpenAPI documents."""
