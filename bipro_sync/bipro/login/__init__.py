"""Getting and keeping a session at an insurer (norm 410); no refused login is ever repeated."""
