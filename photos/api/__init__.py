"""Libraries and photos in the API."""
