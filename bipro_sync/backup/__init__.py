"""Copies of a running archive: consistent, complete by themselves, and restored to a working archive elsewhere."""
