"""What is in the photo, and when a caption must say so."""
