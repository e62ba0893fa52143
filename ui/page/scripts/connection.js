// Asks for a few bytes now and then, and more often while nobody answers.

const calm = 15000, worried = 3000;
const address = `${window.gradio_config.root}${window.gradio_config.api_prefix}/app_id`;
let next;
const look = async () => {
  clearTimeout(next);
  const there = document.hidden || await fetch(address, {cache: 'no-store'}).then(() => true, () => false);
  element.querySelector('p').hidden = there;
  next = setTimeout(look, there ? calm : worried);
};
for (const name of ['online', 'offline']) window.addEventListener(name, look);
document.addEventListener('visibilitychange', look);
next = setTimeout(look, calm);
