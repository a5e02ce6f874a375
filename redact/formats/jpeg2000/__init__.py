"""JPEG 2000: the boxes of a JP2 file (`file`, `header`), and the codestream in them (`codestream`, `segments`)."""
