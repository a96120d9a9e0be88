"""`python -m connector` is the same as `unitwire`."""

from connector.cli import main

main()
