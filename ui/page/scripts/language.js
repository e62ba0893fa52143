// Gradio sets the page's language to the visitor's, even where it is none of ours and the page is in English.

document.documentElement.lang = element.querySelector('[lang]').lang;

// Photos stay on this machine only for whoever is at it.

const home = element.querySelector('.home');
if (home) home.hidden = !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
