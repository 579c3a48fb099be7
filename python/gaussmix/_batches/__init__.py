"""Fits to rows that are read again and again, and streams of rows: docs/streams.md."""
