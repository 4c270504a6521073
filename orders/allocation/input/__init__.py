"""Into the engine: rows and bytes, checked and put into canonical order, become a `Market`."""
