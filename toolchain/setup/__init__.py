"""Installs what a run needs: packages, the Pulumi command line and the AWS provider plugin."""
