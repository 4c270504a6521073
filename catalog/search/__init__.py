"""Finds product sheets: words and slips, what is on sale for whom, counts per facet."""
