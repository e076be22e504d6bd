"""Planning: the single-page app's site."""
