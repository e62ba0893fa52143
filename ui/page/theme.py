"""Gradio's theme in the page's colours and fonts; all else about its look is in style.css and photo.css."""

import gradio as gr

THEME = gr.themes.Default(
    primary_hue="teal", neutral_hue="slate", font=["system-ui", "sans-serif"], font_mono=["monospace"]
).set(body_text_color_subdued="*neutral_500", body_text_color_subdued_dark="*neutral_400", color_accent="*primary_700")
