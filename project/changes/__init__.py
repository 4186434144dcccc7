"""What happened to photos, faces and people, in order, for clients that keep a copy."""
