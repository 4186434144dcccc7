"""Libraries and photos: what a photograph is. Has never heard of faces."""
