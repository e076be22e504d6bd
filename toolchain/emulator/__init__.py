"""Emulates AWS on this machine: moto's server, with patches for features that the AWS provider plugin needs."""
