"""Figures for docs/performance.md: measured by hand, never asserted in a test."""
