"""For programs and assistants: HTTP, Gradio's clients and MCP, with one answer schema."""
