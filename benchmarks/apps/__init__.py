"""What a user of each peer writes to do the same work with it: short, and after its own manual.

All are told by the environment: TARGET, and where their queue is. Each takes a webhook only if
Stora has signed it, and its work is one POST of the body as it came.
"""
