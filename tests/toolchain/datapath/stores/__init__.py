"""Tests of PostgreSQL and Redis in the local data path."""
