"""Messages between window, command line and server: types only, nothing that needs a database."""
