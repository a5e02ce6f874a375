"""TIFF, by what is done to it: `directories` reads, `layout`, `tags`, `jpegs` and `pages` judge, `written` writes."""
