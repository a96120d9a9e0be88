"""Stora's dialect over HTTP: how bodies are read, how answers, pages and errors look.

Unitwire and the sandbox both speak it, so it stands here once, below both.
"""
