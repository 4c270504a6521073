"""Speed of the catalogue: sheets, offers and buyers by the hundred thousand, and who asks."""
