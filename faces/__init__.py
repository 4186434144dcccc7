"""Who is in the photos: faces, people, and what Kith learns about them."""
