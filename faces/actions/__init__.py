"""What changes faces, people and trainings; one module per concern."""
