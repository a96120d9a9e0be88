"""What Stora offers: pure data and pure functions. No web framework, no database, no network."""
