"""Routes: which standing rules want an article, and why."""
