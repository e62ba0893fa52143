"""A sentence for when the page has lost its server: it sleeps, was stopped, or the network is gone."""

LOST = "The page has lost its server. What you see stays; anything new has to wait until the connection is back."

# Asked for is a line of a few bytes, now and then, and more often while nobody answers.
CONNECTION_SCRIPT = f"""
const calm = 15000, worried = 3000;
const address = `${{window.gradio_config.root}}${{window.gradio_config.api_prefix}}/app_id`;
let next;
const look = async () => {{
  clearTimeout(next);
  const there = document.hidden || await fetch(address, {{cache: 'no-store'}}).then(() => true, () => false);
  if (there) element.replaceChildren();
  else if (!element.firstChild) element.append(Object.assign(document.createElement('p'), {{
    className: 'problem', role: 'alert', textContent: {LOST!r}}}));
  next = setTimeout(look, there ? calm : worried);
}};
for (const name of ['online', 'offline']) window.addEventListener(name, look);
document.addEventListener('visibilitychange', look);
next = setTimeout(look, calm);
"""
