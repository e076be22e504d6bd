"""Components: the single-page app's site."""
