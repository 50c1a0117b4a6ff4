"""The practice insurer, an honest other side for demos and tests; it shares nothing with the client but its errors."""
