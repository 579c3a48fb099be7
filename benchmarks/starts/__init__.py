"""What compare_starts.py consists of."""
