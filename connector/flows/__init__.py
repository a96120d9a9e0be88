"""What happens: one file per story."""
