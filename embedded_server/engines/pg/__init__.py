"""PostgreSQL behind its engine file: one connection through libpq, its catalogue, its errors."""
