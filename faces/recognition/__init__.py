"""The mathematics of faces: arrays in, arrays out. Knows no Django, no disk and no files."""
