"""The local stack's processes and files, and the reference service on this machine."""
