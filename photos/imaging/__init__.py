"""Files to pixels: finding, decoding, orienting, dating and shrinking images. Knows no Django."""
