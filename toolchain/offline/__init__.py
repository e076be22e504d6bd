"""Replaces the AWS provider plugin in runs without the plugin, credentials or a network.

It checks the inputs of a program against the installed pulumi-aws package, and returns made-up answers in place of
AWS's. It never talks to AWS.
"""
