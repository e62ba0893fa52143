const PAUSE = 1400; // milliseconds a word, when it plays
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const find = selector => element.querySelector(selector);
const page = document.getElementById('page');  // whose parts come in no certain order
const section = find('.seeing');
const [which, player, strip, play, told] = ['.which', '.player', '.strip', '.play', '[role=status]'].map(find);
let chosen = null, words = [], place = 0, timer = null;

// Which caption: one button for each sentence in the cards.

const sentences = () => [...page.querySelectorAll('#captions .sentence')];

function readCards() {
  const found = sentences();
  const photo = document.querySelector('.photo > img');
  section.hidden = !found.length || !photo;
  if (section.hidden) return pause();
  if (!found.some(sentence => sentence.dataset.caption === chosen))
    chosen = page.querySelector('#beam .sentence')?.dataset.caption;
  offer(found.map(sentence => sentence.dataset.caption));
  show(photo);
  follow(chosen);
}

function offer(names) {
  if (names.join() === [...which.querySelectorAll('input')].map(radio => radio.value).join()) return;
  which.querySelectorAll('label').forEach(label => label.remove());
  for (const name of names) {
    const label = document.createElement('label');
    const radio = Object.assign(document.createElement('input'), {type: 'radio', name: 'seeing', value: name});
    radio.checked = name === chosen;
    label.append(radio, name);
    which.append(label);
  }
}

function show(photo) {
  section.style.setProperty('--photo', `url("${photo.src}")`);
  section.style.setProperty('--ratio', photo.parentElement.style.getPropertyValue('--ratio'));
}

// One caption: its words as a strip of pictures.

function follow(name, wanted = null) {
  const sentence = sentences().find(one => one.dataset.caption === name);
  if (!sentence) return;
  const said = list => list.map(({textContent, dataset}) => [textContent, dataset.sure, dataset.look].join()).join();
  const found = [...sentence.querySelectorAll('.word')];
  const same = name === chosen && said(found) === said(words);
  if (!same) pause();
  chosen = name;
  words = found;
  sentences().forEach(one => one.classList.toggle('followed', one === sentence));
  which.querySelectorAll('input').forEach(radio => { radio.checked = radio.value === name; });
  const placeless = !words.some(word => word.dataset.look);
  find('.placeless').hidden = !placeless;
  player.hidden = placeless;
  which.hidden = !sentences().some(one => one.querySelector('[data-look]'));
  if (!same) strip.replaceChildren(...words.map(thumbnail));
  go(wanted ?? (same ? place : 0));
}

function thumbnail(word, at) {
  const item = document.createElement('li');
  const button = Object.assign(document.createElement('button'), {type: 'button', title: word.dataset.sure});
  const scene = Object.assign(document.createElement('span'), {className: 'scene'});
  const text = Object.assign(document.createElement('span'), {textContent: word.textContent, lang: 'en'});
  if (word.dataset.look) scene.append(Object.assign(document.createElement('img'), {alt: '', src: word.dataset.look}));
  button.append(scene, text);
  button.addEventListener('click', () => { pause(); go(at); });
  item.append(button);
  return item;
}

// One word: its picture on the stage.

function go(at) {
  if (player.hidden || !words.length) return;
  place = Math.max(0, Math.min(at, words.length - 1));
  const word = words[place];
  const buttons = [...strip.querySelectorAll('button')];
  buttons.forEach((button, index) => {
    button.toggleAttribute('aria-current', index === place);
    if (index === place) button.setAttribute('aria-current', 'true');
    button.tabIndex = index === place ? 0 : -1;
  });
  const item = buttons[place].parentElement;
  const left = item.offsetLeft - (strip.clientWidth - item.offsetWidth) / 2;
  strip.scrollTo({left, behavior: calm.matches ? 'auto' : 'smooth'});
  find('.stage img').src = word.dataset.look ?? '';
  find('.now strong').textContent = word.textContent;
  find('.now span').textContent = word.dataset.sure;
  find('.back').disabled = place === 0;
  find('.next').disabled = place === words.length - 1;
}

function turn(at) {
  const held = strip.contains(document.activeElement);
  pause();
  go(at);
  told.textContent = `${words[place].textContent}, ${words[place].dataset.sure}`;
  if (held) strip.querySelector('[aria-current]').focus();
}

function pause() {
  clearInterval(timer);
  timer = null;
  label();
}

function start() {
  if (place === words.length - 1) go(0);
  timer = setInterval(() => {
    go(place + 1);
    if (place === words.length - 1) pause();
  }, PAUSE);
  label();
}

function label() {
  play.classList.toggle('playing', timer !== null);
  play.querySelector('span').textContent = timer === null ? play.dataset.play : play.dataset.pause;
}

which.addEventListener('change', event => follow(event.target.value));
play.addEventListener('click', () => (timer === null ? start() : pause()));
find('.back').addEventListener('click', () => turn(place - 1));
find('.next').addEventListener('click', () => turn(place + 1));
player.addEventListener('keydown', event => {
  const to = {ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: words.length - 1}[event.key];
  if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  turn(to);
});
page.addEventListener('click', event => {
  if (!event.target.closest('#captions')) return;
  const card = event.target.closest('.card');
  const sentence = (event.target.closest('.several li') ?? card)?.querySelector('.sentence');
  if (!sentence || event.target.closest('details, button, a')) return;
  const word = event.target.closest('.word');
  follow(sentence.dataset.caption, word ? [...sentence.querySelectorAll('.word')].indexOf(word) : null);
});
new MutationObserver(changes => {
  if (changes.some(({target}) => target.closest('#photo, #captions'))) readCards();
}).observe(page, {childList: true, subtree: true});
label();
readCards();
