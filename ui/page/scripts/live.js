// Live: captions of what the camera shows, as it runs. The next frame is sent once the answer to the last is there.

const film = element.querySelector('.camera video');
const toggle = element.querySelector('[data-way=live]');
const [subtitle, glimpsed, spoken, trouble] = ['.subtitle', '.glimpsed', '.spoken', '.trouble'].map(
  name => element.querySelector(`.camera ${name}`));
const SIDE = 256;  // pixels of a frame's short side, about what the networks look at
const PACE = 250, SLOWEST = 2000, AGAIN = 3000, BETWEEN_WORDS = 5000;  // milliseconds
const LEAST = 0.1, TAGS = 2;  // what the classifier finds less likely is no tag
const SETTINGS = ['model', 'beam_width', 'length_penalty', 'max_length', 'no_repeat_ngram', 'guided'];
const canvas = document.createElement('canvas');
let live = null, pace = PACE, spokenAt = 0;

const frame = () => {
  const scale = SIDE / Math.min(film.videoWidth, film.videoHeight);
  canvas.width = Math.round(film.videoWidth * scale);
  canvas.height = Math.round(film.videoHeight * scale);
  canvas.getContext('2d').drawImage(film, 0, 0, canvas.width, canvas.height);
  return new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.8));
};
const settings = () => [...new URLSearchParams(location.search)].filter(([name]) => SETTINGS.includes(name));
const isSeen = () => !document.hidden && film.offsetParent !== null && film.srcObject?.active && film.videoWidth > 0;

const show = answer => {
  subtitle.textContent = answer.text;
  subtitle.classList.toggle('unsure', answer.doubtful);
  const likely = answer.tags.filter(tag => tag.probability >= LEAST).slice(0, TAGS);
  glimpsed.textContent = answer.doubtful ? glimpsed.dataset.unsure : '';
  glimpsed.append(...likely.map(tag => Object.assign(document.createElement('span'), {className: 'tag', lang: 'en',
    textContent: `${tag.noun} ${Math.round(100 * tag.probability)}%`})));
  if (answer.text === spoken.textContent || performance.now() - spokenAt < BETWEEN_WORDS) return;
  spoken.textContent = answer.text;
  spokenAt = performance.now();
};
const complain = text => { if (trouble.textContent !== text) trouble.textContent = text; };

// One frame -> when the next is due. Whoever is refused asks half as often, and then little by little more often again.

const ask = async signal => {
  const begun = performance.now();
  const address = `${window.gradio_config.root}/api/frame?${new URLSearchParams(settings())}`;
  const answer = await fetch(address, {method: 'POST', body: await frame(), headers: {'Content-Type': 'image/jpeg'}, signal});
  if (answer.ok) {
    show(await answer.json());
    pace = Math.max(PACE, pace / 1.5);
    if (pace < 2 * PACE) complain('');
    return begun + pace;
  }
  if (answer.status !== 429 && answer.status < 500) {  // it would be refused again
    const {error} = await answer.json();
    stop();
    complain(error);
    return begun;
  }
  pace = Math.min(2 * pace, SLOWEST);
  complain(trouble.dataset.busy);
  return performance.now() + Math.max(pace, 1000 * answer.headers.get('Retry-After'));
};
const run = async signal => {
  while (!signal.aborted) {
    let due = performance.now() + PACE;
    if (isSeen()) try {
      due = await ask(signal);
    } catch {
      if (signal.aborted) return;
      complain(trouble.dataset.lost);
      due = performance.now() + AGAIN;
    }
    await new Promise(done => setTimeout(done, due - performance.now()));
  }
};

const stop = () => {
  live?.abort();
  live = null;
  toggle.setAttribute('aria-pressed', 'false');
  for (const part of [subtitle, spoken, trouble]) part.textContent = '';
  glimpsed.textContent = glimpsed.dataset.before;
};
const start = () => {
  live = new AbortController();
  pace = PACE;
  toggle.setAttribute('aria-pressed', 'true');
  complain('');
  run(live.signal);
};
toggle.addEventListener('click', () => (live ? stop() : start()));
film.addEventListener('emptied', stop);  // the camera was closed, or the photo taken
