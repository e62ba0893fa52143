"""A model folder -> the Hub; the page -> a Space."""
