"""``python -m ops openapi``: OpenAPI documents and API Gateway."""

import typer

app = typer.Typer(help="Turn OpenAPI documents into API Gateway import documents.", no_args_is_help=True)


@app.callback()
def openapi() -> None:
    """Turn OpenAPI documents into API Gateway import documents."""
