"""Models: what gesture is it? Arrays in, predictions out. Knows no device and no user."""
