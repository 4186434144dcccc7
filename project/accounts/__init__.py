"""How people and their devices come in: sign-in, and tokens for programs."""
