"""Replaces the AWS provider plugin in runs without the plugin, credentials or a network.

It checks what a program asks for against the installed pulumi-aws package and makes up what AWS would answer.
It never talks to AWS.
"""
