"""Results that visitors share by link."""
