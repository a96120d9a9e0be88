"""What Unitwire remembers: tables, secrets, the two databases."""
