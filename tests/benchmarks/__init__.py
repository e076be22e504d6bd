"""Benchmarks for docs/performance.md. They are run by hand; no test asserts their figures."""
