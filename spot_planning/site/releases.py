"""What the site's bucket holds besides the site."""

RELEASES_PREFIX = ".releases/"
"""Where `ops frontend` keeps which releases there are and what they are made of. No distribution may read it, for it
says who deployed what."""
