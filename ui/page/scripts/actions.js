// One listener for all cards, wherever they are: they are drawn again with each caption.
// What it cannot do itself it tells the server: 'picture', 'keep' and 'remove' are events of the component it is in.

const note = document.createElement('p');
note.className = 'unseen';
note.setAttribute('role', 'status');
document.body.append(note);

const say = (button, text) => {
  note.textContent = text;
  button.dataset.said = text;
  setTimeout(() => { delete button.dataset.said; note.textContent = ''; }, 2000);
};
const copy = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // no clipboard but by the old way, as over plain http
    const field = Object.assign(document.createElement('textarea'), {value: text, className: 'unseen'});
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    button.focus();
    if (!copied) return say(button, button.dataset.refused);
  }
  say(button, button.dataset.done);
};

const voice = window.speechSynthesis;
document.documentElement.classList.toggle('can-speak', Boolean(voice && window.SpeechSynthesisUtterance));
const speak = (button, text) => {
  const mine = button.getAttribute('aria-pressed') === 'true';
  const hush = () => document.querySelectorAll('[data-do=speak][aria-pressed]').forEach(
    other => other.removeAttribute('aria-pressed'));
  voice.cancel();
  hush();
  if (mine) return;
  const utterance = Object.assign(new SpeechSynthesisUtterance(text), {lang: 'en'});
  utterance.onend = utterance.onerror = event => event.error === 'interrupted' || event.error === 'canceled' || hush();
  button.setAttribute('aria-pressed', 'true');
  voice.speak(utterance);
};

// A picture with the caption as its alternative text, as web pages and as Markdown write it.

const asAddress = file => encodeURIComponent(file).replace(/[()]/g, each => (each === '(' ? '%28' : '%29'));
const inHtml = text => text.replace(/[&<>"]/g, each => `&#${each.charCodeAt()};`);
const inMarkdown = text => text.replace(/[\\`*_~[\]<>&]/g, '\\$&');

document.addEventListener('click', event => {
  const button = event.target.closest('button[data-do]');
  const link = button?.closest('.link');
  const card = button?.closest('.card');
  const field = card?.querySelector('.to-use textarea');
  const said = field ? field.value : card?.querySelector('.unseen[role=status]')?.textContent;
  const text = said?.trim().replace(/\s+/g, ' ');
  const file = field && asAddress(field.dataset.file);
  const kind = button?.closest('[data-kind]')?.dataset.kind;
  const id = button?.closest('[data-result]')?.dataset.result ?? '';
  ({
    copy: () => copy(button, text),
    'copy-html': () => copy(button, `<img src="${inHtml(file)}" alt="${inHtml(text)}">`),
    'copy-markdown': () => copy(button, `![${inMarkdown(text)}](${file})`),
    speak: () => speak(button, text),
    picture: () => trigger('picture', {kind, id, text: field ? text : ''}),
    share: () => trigger('keep', {text: document.querySelector('#beam .to-use textarea').value}),
    'copy-link': () => copy(button, link.querySelector('input').value),
    'remove-link': () => trigger('remove', {id, token: link.dataset.token}),
  })[button?.dataset.do]?.();
});

watch('value', () => {
  const link = element.querySelector('.link');
  if (!link) return;
  const address = `${location.origin}${location.pathname}?result=${link.dataset.result}`;
  link.querySelector('input').value = address;
  link.querySelector('a').href = `${address}#delete=${link.dataset.token}`;
  element.scrollIntoView({block: 'nearest'});
});
