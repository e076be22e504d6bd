"""The operations of the service."""

from fastapi import APIRouter

router = APIRouter()
"""Every operation but the health checks."""
