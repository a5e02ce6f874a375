"""BMP: the headers of a file (`header`), their colour spaces (`colours`), and the pixels (`pixels`)."""
