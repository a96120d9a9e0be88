"""How to talk to Stora: client, tokens, signatures, budget, versions."""
