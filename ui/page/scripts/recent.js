// Anyone could have written what is in the browser's store: it is shown as text, and as pictures that bring their own
// pixels.

const KEY = 'captioner.recent', MOST = 6, SIZE = 512; // pixels, more than a model takes

const read = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return (Array.isArray(kept) ? kept : []).filter(
      one => String(one?.picture).startsWith('data:image/jpeg;base64,') && Array.isArray(one.captions)).slice(0, MOST);
  } catch { return []; }
};
const write = kept => {
  try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* full, or forbidden: then nothing is kept */ }
};
const draw = () => {
  const kept = read();
  element.querySelector('section').hidden = !kept.length;
  element.querySelector('ul').replaceChildren(...kept.map(({picture, captions}) => {
    const item = document.createElement('li'), tile = Object.assign(document.createElement('button'), {type: 'button'});
    const words = document.createElement('span');
    words.className = 'words';
    tile.append(Object.assign(document.createElement('img'), {src: picture, alt: ''}), words);
    tile.addEventListener('click', () => open(picture));
    item.append(tile);
    for (const {title, text} of captions) {
      const line = Object.assign(document.createElement('span'), {lang: 'en'}), lang = document.documentElement.lang;
      line.append(Object.assign(document.createElement('small'), {textContent: title, lang}), ` ${text}`);
      words.append(line);
    }
    return item;
  }));
};
const thumbnail = photo => {
  const scale = Math.min(1, SIZE / Math.max(photo.naturalWidth, photo.naturalHeight));
  const canvas = Object.assign(document.createElement('canvas'), {
    width: Math.max(1, photo.naturalWidth * scale), height: Math.max(1, photo.naturalHeight * scale)});
  canvas.getContext('2d').drawImage(photo, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.8);
};

let opened = null; // the tile of the photo on its way: it takes that photo's place
const open = async picture => {
  opened = picture;
  const blob = await (await fetch(picture)).blob();
  const detail = new File([blob], 'photo.jpg', {type: 'image/jpeg'});
  window.dispatchEvent(new CustomEvent('photo', {detail}));
};

const note = () => {
  const photo = document.querySelector('#photo .photo img');
  const captions = [...document.querySelectorAll('#captions .card')].flatMap(card => {
    const text = card.querySelector('.sentence') && card.querySelector('.unseen')?.textContent.trim();
    return text ? [{title: card.querySelector('h2').firstChild.textContent.trim(), text}] : [];
  });
  if (!photo?.naturalWidth || !captions.length) return;
  const picture = thumbnail(photo), before = read();
  const kept = [{picture, captions}, ...before.filter(one => ![picture, opened].includes(one.picture))].slice(0, MOST);
  opened = null;
  if (JSON.stringify(kept) === JSON.stringify(before)) return;  // a tile drawn again would lose the keyboard's focus
  write(kept);
  draw();
};
let later;
new MutationObserver(changes => {  // of the whole page, since its parts come in no certain order
  if (!changes.some(({target}) => target.closest('#photo, #captions'))) return;
  clearTimeout(later);
  later = setTimeout(note, 500);
}).observe(document.getElementById('page'), {subtree: true, childList: true});
element.querySelector('.forget').addEventListener('click', () => { write([]); draw(); });
window.addEventListener('storage', draw);
draw();
