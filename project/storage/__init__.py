"""Where pictures are kept: in a folder, or as objects of an S3-compatible service."""
