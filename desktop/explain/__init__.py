"""Plans, findings, index advice and what-if trials."""
