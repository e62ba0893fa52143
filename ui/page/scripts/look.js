// Pointing at a word, or reaching it with the keyboard, lights up the part of the photo that the model looked at.

const look = event => {
  const mask = document.querySelector('.photo .look');
  const word = event.type.endsWith('out') ? null : event.target.closest('.word');
  if (!mask) return;
  mask.hidden = !word?.dataset.look;
  if (!mask.hidden) mask.src = word.dataset.look;
};
['mouseover', 'mouseout', 'focusin', 'focusout'].forEach(name => element.addEventListener(name, look));
