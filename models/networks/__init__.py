"""Networks, one paper per file, the shape at every line. They need torch; serving does not."""
