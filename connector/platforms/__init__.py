"""How each workflow builder wants to be told; reads the catalogue only."""
