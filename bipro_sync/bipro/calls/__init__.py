"""One call over HTTP, announced before a byte leaves; it knows nothing of what messages mean."""
