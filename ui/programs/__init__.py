"""What programs and assistants meet: HTTP, Gradio's clients and MCP, with one schema for their answers."""
