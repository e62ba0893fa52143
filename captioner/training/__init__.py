"""From captioned photos to a model: stages, batches, rewards, calibration, tuning."""
