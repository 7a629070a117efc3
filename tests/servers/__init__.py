"""Private database servers for the tests: real PostgreSQL and MariaDB, started once per run."""
