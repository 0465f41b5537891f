"""A study: a cohort's table, who may take part, what became of them, and the tables and figures of that."""
