"""The model folder: how a model is stored, sealed, described and downloaded from the Hub."""
