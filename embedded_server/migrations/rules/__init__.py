"""One file per dangerous operation; `embedded_server.migrations.lint` finds them by scanning this folder."""
