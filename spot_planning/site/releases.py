"""The part of the site's bucket that is not served."""

RELEASES_PREFIX = ".releases/"
"""Prefix under which `ops frontend` stores the list of releases and their files. No distribution may read it, because
it shows who deployed what."""
