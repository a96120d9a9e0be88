"""How requests come in: intake, routes, pages, errors."""
