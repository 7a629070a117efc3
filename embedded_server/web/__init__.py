"""The HTTP face of the server; the only package that imports Flask."""
