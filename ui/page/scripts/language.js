// Gradio sets the page's language to the visitor's, even where it is none of ours and the page is in English.

document.documentElement.lang = element.querySelector('[lang]').lang;
