"""What many_components.py measures, a part a file."""
