"""Matroska and WebM, read and written element by element, without FFmpeg."""
