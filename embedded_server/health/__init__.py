"""Who is connected and waits for whom, what is wrong with schema and data, what is used up."""
