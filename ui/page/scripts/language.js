// Gradio names the page by the visitor's language, also where it is none of ours and the page is in English.

document.documentElement.lang = element.querySelector('[lang]').lang;
