"""A working stand-in for Stora: its own Flask app."""
