"""What carries metadata inside containers, most of it in several. Each names what it finds; `exif` and `icc` keep."""
