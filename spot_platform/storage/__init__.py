"""Components: buckets."""
