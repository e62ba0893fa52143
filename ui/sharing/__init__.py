"""Results that visitors share by a link."""
