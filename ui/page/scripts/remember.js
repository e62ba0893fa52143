// The settings stand in the address, in the order of Controls, so that a reload or a link brings them back.

(model, ...values) => {
  const NAMES = ['beam_width', 'third', 'top_p', 'seed', 'length_penalty', 'max_length', 'no_repeat_ngram', 'guided',
    'neutral', 'sentence', 'compared'];
  const address = new URL(location.href);
  address.searchParams.set('model', model);
  NAMES.forEach((name, at) => address.searchParams.set(name, values[at]));
  if (!address.searchParams.get('compared')) address.searchParams.delete('compared');
  history.replaceState(history.state, '', address);
}
