"""How good answers are: scores, a simulated user, and a command for any matrix."""
