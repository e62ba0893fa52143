// The link on show is not to the new photo.

() => ''
