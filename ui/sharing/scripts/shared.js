// The person who made the link has its token behind the address's #, which is never sent to a server.

const offer = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get('delete');
  const button = element.querySelector('.remove');
  if (button) button.hidden = !token;
};
watch('value', offer);
window.addEventListener('hashchange', offer);
element.addEventListener('click', event => {
  if (!event.target.closest('.remove')) return;
  const token = new URLSearchParams(location.hash.slice(1)).get('delete');
  trigger('remove', {id: element.querySelector('[data-result]').dataset.result, token});
});
