"""What is in the photo, and when a caption has to say so."""
