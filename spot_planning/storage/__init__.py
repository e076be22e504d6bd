"""Planning: buckets."""
