"""How the pixels of a still are coded: `jpeg`, `png`, `webp`, each a `picture`, and what they have in common."""
