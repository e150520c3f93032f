"""Transport models, back-tracking and relative intensities."""
