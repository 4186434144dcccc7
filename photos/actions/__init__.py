"""What changes libraries and photos."""
