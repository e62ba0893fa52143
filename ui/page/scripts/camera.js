// The camera, in the browser's own words turned into ours where it is denied or missing.

const section = element.querySelector('.camera');
const video = section.querySelector('video');
const said = element.querySelector('.notice');
const REFUSED = {NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing',
  OverconstrainedError: 'missing'};

const close = () => {
  video.srcObject?.getTracks().forEach(track => track.stop());
  video.srcObject = null;
  section.hidden = true;
};
const open = async () => {
  said.textContent = '';
  if (!navigator.mediaDevices?.getUserMedia) {
    said.textContent = said.dataset.closed;
    return;
  }
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment'}});
    video.srcObject.getVideoTracks()[0].addEventListener('ended', lose);
    section.hidden = false;
    section.querySelector('button').focus();
  } catch (error) {
    close();
    said.textContent = said.dataset[REFUSED[error.name] ?? 'busy'];
  }
};
video.addEventListener('resize', () => {  // its first picture, or a phone that is turned
  if (!video.videoWidth) return;
  section.style.setProperty('--ratio', video.videoWidth / video.videoHeight);
  section.scrollIntoView({block: 'nearest'});
});
const lose = () => {  // unplugged, or taken away in the browser's own menu
  close();
  said.textContent = said.dataset.lost;
};
const snap = () => {
  if (!video.videoWidth) return;
  const canvas = Object.assign(document.createElement('canvas'), {width: video.videoWidth, height: video.videoHeight});
  canvas.getContext('2d').drawImage(video, 0, 0);
  close();
  canvas.toBlob(blob => window.dispatchEvent(new CustomEvent('photo', {
    detail: new File([blob], 'photo.jpg', {type: 'image/jpeg'})})), 'image/jpeg', 0.92);
};
const leave = () => {
  close();
  element.querySelector('[data-way=camera]').focus();
};
element.addEventListener('click', event => ({camera: open, snap, close: leave})[event.target.dataset.way]?.());
document.addEventListener('click', event => event.target.closest?.('#examples button') && close());
document.addEventListener('change', event => event.target.matches?.('#upload input[type=file]') && close(), true);
