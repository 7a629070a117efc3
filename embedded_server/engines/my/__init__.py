"""MySQL and MariaDB behind their engine file: one connection, their catalogue, their errors."""
