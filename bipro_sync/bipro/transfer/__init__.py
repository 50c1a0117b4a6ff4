"""The three operations of norm 430: their requests, and what their answers say."""
