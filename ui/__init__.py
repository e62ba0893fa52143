"""What the web page is made of, beside its wiring in app.py."""
