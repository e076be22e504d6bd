"""Tests of load balancers in the local data path."""
