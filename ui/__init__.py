"""What visitors and programs meet; the only place that knows Gradio."""
