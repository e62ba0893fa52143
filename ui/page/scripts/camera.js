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
    section.hidden = false;
    section.querySelector('button').focus();
  } catch (error) {
    close();
    said.textContent = said.dataset[REFUSED[error.name] ?? 'busy'];
  }
};
const snap = () => {
  if (!video.videoWidth) return;
  const canvas = Object.assign(document.createElement('canvas'), {width: video.videoWidth, height: video.videoHeight});
  canvas.getContext('2d').drawImage(video, 0, 0);
  close();
  canvas.toBlob(blob => window.dispatchEvent(new CustomEvent('photo', {
    detail: new File([blob], 'photo.jpg', {type: 'image/jpeg'})})), 'image/jpeg', 0.92);
};
element.addEventListener('click', event => ({camera: open, snap, close})[event.target.dataset.way]?.());
