// Every way in ends in the field that a click on the drop zone fills: a drop anywhere, a paste, an address that is
// not fetched, several photos at once.

const find = selector => element.querySelector(selector);
const [notice, several] = ['.notice', '.several-files'].map(find);
const ONE = '#upload input[type=file]', MANY = '#many-files input[type=file]';
let waiting = [];

const there = async selector => {
  for (let tries = 0; tries < 300; tries++) {  // Gradio takes the field away while a photo is on its way
    const field = document.querySelector(selector);
    if (field) return field;
    await new Promise(requestAnimationFrame);
  }
};
const fill = async (selector, files) => {
  const field = await there(selector), box = new DataTransfer();
  files.forEach(file => box.items.add(file));
  if (!field) return;
  field.files = box.files;
  field.dispatchEvent(new Event('change', {bubbles: true}));
};
const tell = key => {
  several.hidden = true;
  notice.textContent = key ? notice.dataset[key] : '';
  if (!key) return;
  if (key === 'address') showPage();
  requestAnimationFrame(() => notice.scrollIntoView({block: 'nearest'}));  // it may be far below a photo
};
const openTab = number => document.querySelectorAll('#views > .tab-wrapper [role=tab]')[number].click();
const showPage = () => { if (!document.querySelector('#page')?.offsetParent) openTab(0); };
const take = files => {
  tell('');
  if (document.querySelector('#many-files')?.offsetParent) return fill(MANY, files);
  showPage();
  if (files.length === 1) return fill(ONE, files);
  waiting = files;
  const text = several.querySelector('span');
  text.textContent = text.dataset.text.replace('{count}', files.length);
  several.hidden = false;
  several.scrollIntoView({block: 'nearest'});
};

// Gradio would take a drop only on its own field, and the browser would leave the page for any other.

const carries = (event, type) => event.dataTransfer?.types.includes(type);
const inMany = event => event.target.closest?.('#many-files');
let ours = false;  // something of the page itself is dragged
document.addEventListener('dragstart', () => { ours = true; });
document.addEventListener('dragend', () => { ours = false; document.body.classList.remove('dragged-over'); });
document.addEventListener('dragover', event => {
  if (ours || inMany(event)) return;
  event.preventDefault();
  document.body.classList.toggle('dragged-over', carries(event, 'Files'));
});
document.addEventListener('dragleave', event => {
  if (!event.relatedTarget) document.body.classList.remove('dragged-over');
});
document.addEventListener('drop', event => {
  document.body.classList.remove('dragged-over');
  if (ours || inMany(event)) return;
  if (!carries(event, 'Files') && event.target.closest?.('input, textarea')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const files = [...event.dataTransfer.files];
  if (files.length) take(files);
  else tell(carries(event, 'text/uri-list') ? 'address' : 'nothing');
}, true);
document.addEventListener('paste', event => {
  const files = [...event.clipboardData.files], text = event.clipboardData.getData('text');
  const written = event.target.closest?.('input, textarea, [contenteditable]');
  if (files.length) {
    event.preventDefault();
    event.stopImmediatePropagation();
    take(files);
  } else if (!written) tell(/^(https?:|www[.])/i.test(text.trim()) ? 'address' : 'nothing');
}, true);

document.addEventListener('click', async event => {
  const way = event.target.closest?.('[data-way]')?.dataset.way;
  if (way === 'choose') (await there(ONE))?.click();
  if (way === 'first') take(waiting.slice(0, 1));
  if (way === 'many') {
    tell('');
    openTab(1);
    fill(MANY, waiting);
  }
});
window.addEventListener('photo', event => take([event.detail]));  // from the camera, or a recent result
document.addEventListener('change', event => event.target.matches?.(ONE) && tell(''), true);

// The first caption of a new photo comes into view, with the photo above it where there is room; so does what is wrong
// with a file. The keyboard goes on from there if what it was at is gone.

let last = '', wrong = null, held = null;
document.addEventListener('focusin', event => { held = event.target; });
document.addEventListener('focusout', event => { if (event.target.checkVisibility()) held = null; });  // left on purpose
const goOn = async target => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));  // until what is hidden lost it
  if (document.activeElement === document.body && held) target?.focus({preventScroll: true});
};
const bringIntoView = async () => {
  const photo = document.querySelector('#photo .photo img');
  const card = document.querySelector('#captions .card');
  const problem = document.querySelector('#photo .problem');
  if (problem && problem !== wrong) problem.scrollIntoView({block: 'nearest'});
  wrong = problem;
  if (!photo && last) {
    last = '';
    goOn(await there('#upload button'));
  }
  if (!photo || !card?.querySelector('.sentence') || photo.src === last) return;
  last = photo.src;
  goOn(card.querySelector('h2'));
  const hidden = () => {
    const {top, bottom} = card.getBoundingClientRect();
    return top < 0 || bottom > innerHeight;
  };
  if (hidden()) document.querySelector('#photo').scrollIntoView({block: 'start'});
  if (hidden()) card.scrollIntoView({block: 'end'});
};
new MutationObserver(changes => {  // of the whole page, since its parts come in no certain order
  if (changes.some(({target}) => target.closest('#photo, #captions'))) requestAnimationFrame(bringIntoView);
}).observe(document.getElementById('page'), {subtree: true, childList: true});
