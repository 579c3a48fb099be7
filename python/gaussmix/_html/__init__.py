"""What a notebook shows: HTML without scripts, colours or anything from elsewhere."""
