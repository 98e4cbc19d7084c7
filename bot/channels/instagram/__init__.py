"""Instagram messaging of a professional account."""
