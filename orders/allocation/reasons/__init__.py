"""Why each line received what it did. Start at `explaining.explain`."""
