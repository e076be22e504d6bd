"""Files of the application: in S3, or in a folder for development."""
