"""What stands between strangers and the page: which addresses there are, how often each may ask, and what is logged."""
